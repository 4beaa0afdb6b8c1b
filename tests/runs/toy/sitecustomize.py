"""Lets a worker process find the toy study: Python imports this file at its start, from PYTHONPATH."""

from pathlib import Path

import casestudies

casestudies.__path__.append(str(Path(__file__).parent / "studies"))
