"""What a study declares of itself, and how a study is found by its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from casestudies.card import Card
from casestudies.runs.studies import check_study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from casestudies.report import Section
    from casestudies.runs import RunFolder, RunWriter
    from casestudies.tabular import Contract
    from casestudies.workflow.settings import Settings


@dataclass(frozen=True)
class Words:
    """How the study names its event and its two actions: "a default", "decline", "accept"."""

    event: str
    event_adjective: str  # of a row with the event: "bad"
    act: str
    acted: str
    acting: str
    rest: str
    rested: str
    resting: str
    row: str
    rows: str


@dataclass(frozen=True)
class Demo:
    """The embedded synthetic example: text cells as a file would hold them, and the config that fits them."""

    frame: pd.DataFrame
    defaults: Mapping[str, Any] = field(default_factory=dict)


class Predictor(Protocol):
    """A study's saved model, ready for new rows."""

    def predict(self, path: Path) -> Any: ...


@dataclass(frozen=True)
class Study:
    """One inhabitant of the house; the shared rooms reach it through this value alone.

    `run` does the whole job into a run folder, `sections` turns a finished folder into report sections, `open` loads
    the saved model of a verified folder.
    """

    card: Card
    words: Words
    settings: type[Settings]
    contract: Contract
    demo: Callable[[int | None, int], Demo]
    run: Callable[[Mapping[str, Any], RunWriter], Mapping[str, Any]]
    sections: Callable[..., tuple[Section, ...]]  # of a `findings.Findings`
    open: Callable[[RunFolder], Predictor]

    @property
    def name(self) -> str:
        return self.card.name


def get_study(name: str) -> Study:
    """The study of that name.

    Raises
    ------
    UsageError: there is none; the nearest names are given.
    """
    return importlib.import_module(f"casestudies.{check_study(name)}.study").STUDY
