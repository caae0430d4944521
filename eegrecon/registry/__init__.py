"""What is installed: finding plugins, building components from settings, locating models and files."""
