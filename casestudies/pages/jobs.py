"""Starting runs from a page: always as a process of their own, never inside the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from casestudies import api
from casestudies.errors import RunError
from casestudies.pages import links
from casestudies.runs import RunFolder, RunStore, State
from casestudies.workflow.studies import get_study

LIMIT = 2  # runs at work at one time


def start(study: str, data: Path | None, settings: Mapping[str, Any], files: Mapping[str, Path]) -> RunFolder:
    """Start a run on uploads, or on the demo where there is none. files: the study's further tables by name.

    Raises
    ------
    ConfigError: a setting cannot be used.
    RunError: as many runs as allowed are at work.
    """
    return RunStore.default().start(study, api.prepare(get_study(study), data, settings, files=files), LIMIT)


def finished_demo(study: str) -> RunFolder | None:
    """The newest finished run on the embedded data."""
    for run in RunStore.default().all(study):
        if run.state == State.DONE and _is_demo(run):
            return run
    return None


def open_demo(study: str) -> NoReturn:
    """Show the demo's results; where nobody has run it yet, start it and show how it goes."""
    done = finished_demo(study)
    if done is not None:
        links.go("results", run=done.id)
    links.go("train", study=study, run=start(study, None, {}, {}).id)


def _is_demo(run: RunFolder) -> bool:
    try:
        return not run.sources()
    except RunError:
        return False
