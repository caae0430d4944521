"""How a request is computed: the stage graph, its planner, fingerprints, the artifact store and the executor."""
