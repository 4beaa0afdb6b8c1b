"""The settings of the imaging study, a noun a file."""
