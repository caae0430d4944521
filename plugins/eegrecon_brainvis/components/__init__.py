"""The registered components of the method: encoder, its branches and their pre-training, aligner, generator."""
