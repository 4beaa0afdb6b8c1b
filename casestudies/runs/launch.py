"""Starting the process that trains, so that it outlives whoever started it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

from casestudies.runs import manifest
from casestudies.runs.disk import disk_errors
from casestudies.runs.folder import RunFolder
from casestudies.runs.limits import Limits
from casestudies.runs.process import Process

# -P: a `random.py` in the analyst's working folder must not be imported by the worker in place of Python's own.
COMMAND = (sys.executable, "-P", "-m", "casestudies.runs.worker")


def launch(run: RunFolder, limits: Limits) -> None:
    """Start a worker for a run and claim the folder for it; it has a session of its own and no standard input.

    Raises
    ------
    RunError: the process cannot be started.
    """
    # The worker finds the modules its starter finds, also in a checkout that is not installed: what stands before the
    # standard library in sys.path is what PYTHONPATH puts there.
    library = str(Path(os.__file__).parent)
    ahead = [entry or str(Path.cwd()) for entry in itertools.takewhile(lambda entry: entry != library, sys.path)]
    with disk_errors(run.path), (run.path / manifest.LOG).open("ab") as log:
        child = subprocess.Popen(
            [*COMMAND, str(run.path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **limits.environment(), "PYTHONPATH": os.pathsep.join(ahead)},
        )
    Process.of(child.pid, worker=True).claim(run.path)
    # Somebody must wait for the child, or it stays a zombie for as long as the server lives.
    threading.Thread(target=child.wait, daemon=True, name=f"wait for {run.id}").start()
