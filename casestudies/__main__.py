"""`python -m casestudies` is the command line."""

from casestudies.cli import entry

entry()
