"""What a notebook calls; the command line and the pages are shells over it.

>>> import casestudies
>>> run = casestudies.run("credit", "loans.csv", "loans.yaml")     # doctest: +SKIP
>>> run.metrics["models"]["logistic"]["savings"]                   # doctest: +SKIP
>>> run.predict("new.csv").rows                                    # doctest: +SKIP
"""

from casestudies.api.checking import CheckedData, check_data, describe, write_template
from casestudies.api.data import convert, fetch_data
from casestudies.api.files import folder_for
from casestudies.api.finished import Run, open_run
from casestudies.api.machine import examine_installation
from casestudies.api.requests import evaluation_of, further_files, prepare, prepare_tuning, resolve_request
from casestudies.api.runs import compare_runs, list_runs, reproduce, verify_run
from casestudies.api.starting import run, tune

__all__ = [
    "CheckedData",
    "Run",
    "check_data",
    "compare_runs",
    "convert",
    "describe",
    "evaluation_of",
    "examine_installation",
    "fetch_data",
    "folder_for",
    "further_files",
    "list_runs",
    "open_run",
    "prepare",
    "prepare_tuning",
    "reproduce",
    "resolve_request",
    "run",
    "tune",
    "verify_run",
    "write_template",
]
