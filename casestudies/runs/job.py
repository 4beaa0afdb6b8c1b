"""The work of one run, in whatever process: find the study, let it write, finish or fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casestudies.runs.events import Event
from casestudies.runs.folder import RUN, RunFolder
from casestudies.runs.limits import explained
from casestudies.runs.studies import load
from casestudies.runs.writer import RunWriter


def execute(
    request: Mapping[str, Any], folder: RunFolder, on_event: Callable[[Event], None] | None = None
) -> RunFolder:
    """Run a request in this process; the folder is done when this returns.

    Parameters
    ----------
    request: as written by `RunStore.create`; `study` names the study.
    folder: a new run that nobody has claimed.
    on_event: called with every event.

    Raises
    ------
    Whatever the study raises, after it is written to error.json; running out of memory or disk as a `CaseError`.
    """
    with RunWriter(folder, on_event=on_event) as writer, explained():
        perform(request, writer)
    return folder


def perform(request: Mapping[str, Any], writer: RunWriter) -> None:
    """Let the study of a request write its run, then finish it."""
    writer.poll()
    study, verb = load(str(request.get("study"))), str(request.get("verb", RUN))
    writer.finish((study if verb == RUN else study.at(verb)).run(request, writer))
