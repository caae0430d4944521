"""What was asked for: options, benchmark files, profiles, table presets, ablations and controls, as pure values."""
