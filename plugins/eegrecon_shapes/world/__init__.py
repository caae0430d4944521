"""The frozen world: pictures and their captions, simulated brain responses, background activity and recordings."""
