"""Reports about a run, one module for each format."""
