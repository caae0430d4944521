"""The same world in the file formats of real data sets, for trying their loaders without them: one module for each."""
