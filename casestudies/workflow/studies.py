"""What a study declares of itself, and how a study is found by its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from casestudies.card import Card
from casestudies.runs.studies import check_study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from casestudies.report import Block, Section
    from casestudies.runs import RunFolder, RunWriter
    from casestudies.tabular import Contract, Problem
    from casestudies.tabular.checked import Checked
    from casestudies.tabular.read import Table
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


@dataclass(frozen=True, eq=False)
class Extended:
    """A checked table with columns that the study made from it and from further files.

    Parameters
    ----------
    checked: the table with the made columns (`Checked.with_made`).
    notes: what was done, a sentence each.
    made: what the study's own questions want to know of it; kept as `Loaded.made`.
    files: {name: content}: what new rows will need, written to the run folder under made/.
    """

    checked: Checked
    notes: tuple[str, ...] = ()
    made: Any = None
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """One slider of the Results page.

    Parameters
    ----------
    key: its name in the address. start: the run's own value. format: printf-like, as Streamlit takes it ("%.2f").
    """

    key: str
    label: str
    low: float
    high: float
    step: float
    start: float
    help: str = ""
    format: str = "%g"


@dataclass(frozen=True)
class Tryout:
    """What a reader may try on the judged rows of a finished run, without training again.

    Parameters
    ----------
    levers: of a `findings.Findings`; empty where there is nothing to try.
    told: of the findings and {lever key: value}: what these values would have come to, within 30 ms of CPU.
    """

    title: str
    levers: Callable[..., tuple[Lever, ...]]
    told: Callable[..., tuple[Block, ...]]


class Predictor(Protocol):
    """A study's saved model, ready for new rows."""

    def predict(self, path: Path) -> Any: ...


@dataclass(frozen=True)
class Study:
    """One inhabitant of the house; the shared rooms reach it through this value alone.

    `run` does the whole job into a run folder, `sections` turns a finished folder into report sections, `open` loads
    the saved model of a verified folder.

    What only some studies have: `files` are the further tables they read (`data.files`), `table` builds the table from further files where there is none of its own, `extend`
    adds columns to the checked table, `doubts` finds what else speaks against it, `questions` are asked beside those of `analyses`, `tryout` are sliders, and
    `worded` says a column and its value in the study's own words.
    """

    card: Card
    words: Words
    settings: type[Settings]
    contract: Contract
    demo: Callable[[int | None, int], Demo]
    run: Callable[[Mapping[str, Any], RunWriter], Mapping[str, Any]]
    sections: Callable[..., tuple[Section, ...]]  # of a `findings.Findings`
    open: Callable[[RunFolder], Predictor]
    files: tuple[str, ...] = ()
    table: Callable[[Any, Mapping[str, Path]], Table] | None = None
    extend: Callable[[Checked, Any, Mapping[str, Path]], Extended | None] | None = None
    doubts: Callable[[Checked, Any], Iterable[Problem]] | None = None
    questions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # of an `analyses.Work`
    tryout: Tryout | None = None
    worded: Callable[[str, Any], str | None] | None = None

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
