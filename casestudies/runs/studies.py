"""The studies that are there: every package of the house with a `study.py`. A sixth one needs no change here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import casestudies
from casestudies.errors import CaseError, UsageError, nearest, shown

if TYPE_CHECKING:
    from casestudies.runs.writer import RunWriter

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Study(Protocol):
    """What `casestudies.<name>.study` offers as `STUDY`."""

    def run(self, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any] | None:
        """Do the whole study, writing files and events.

        It calls `writer.poll` often, and returns what the manifest is to say beside the writer's own entries (`seed`,
        `data_sha256`, `result_id`).
        """
        ...

    def at(self, verb: str) -> Study:
        """The study doing something else than a run: its `run` is the verb's."""
        ...


def studies() -> list[str]:
    """The names of all studies, in order; none of them is imported."""
    found = (file.parent.name for base in casestudies.__path__ for file in Path(base).glob("*/study.py"))
    return sorted(name for name in set(found) if NAME.fullmatch(name))


def check_study(name: str) -> str:
    """`name` itself when there is such a study.

    Raises
    ------
    UsageError: there is none; the nearest names are given.
    """
    known = studies()
    if name not in known:
        raise UsageError(f"there is no study {shown(name)}", advice=nearest(name, known))
    return name


def load(name: str) -> Study:
    """Import a study; only names that `studies` lists are ever imported."""
    module = import_module(f"casestudies.{check_study(name)}.study")
    try:
        study: Study = module.STUDY
    except AttributeError:
        raise CaseError("defines no STUDY", where=module.__name__) from None
    return study
