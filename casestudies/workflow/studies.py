"""What a study declares of itself, and how a study is found by its name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from casestudies.card import Card
from casestudies.errors import UsageError, nearest, shown
from casestudies.runs.folder import RUN
from casestudies.runs.studies import check_study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from casestudies.report import Block, Section
    from casestudies.runs import RunFolder, RunWriter
    from casestudies.tabular import Contract, Problem
    from casestudies.tabular.checked import Checked
    from casestudies.tabular.read import Table
    from casestudies.workflow.checking import CheckedTable
    from casestudies.workflow.judgements import Judgements
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
class Choice:
    """Something that a visitor can pick: a customer, or an item. key: its own name. label: what is shown."""

    key: str
    label: str


@dataclass(frozen=True, eq=False)
class Served:
    """A list for one customer.

    rows: (places,) the columns rank, item, title, score, popularity_rank, because and from. blocks: what else there is to say: why these, and
    what the list would be without the strongest reason. words: a sentence on what the list rests on.
    """

    rows: pd.DataFrame
    blocks: tuple[Block, ...]
    words: str


@runtime_checkable
class Serving(Protocol):
    """The `desk` of a saved model that serves lists: what the pages need to let a visitor pick a customer, or fill a basket."""

    def customers(self, text: str, most: int) -> list[Choice]:
        """Customers whose name holds the text; without a text some that are worth a look."""
        ...

    def items(self, text: str, most: int) -> list[Choice]: ...

    @property
    def levels(self) -> tuple[float, ...]:
        """The ratings that a visitor may give, ascending; empty where taking an item says all."""
        ...

    def history(self, customer: str, most: int) -> pd.DataFrame:
        """The newest of what is known of a customer."""
        ...

    def served(self, customer: str | None, given: Mapping[str, float | None], most: int) -> Served:
        """The list of a customer (None = a visitor) who has just taken or rated these items."""
        ...


@dataclass(frozen=True, eq=False)
class Example:
    """A template's data where they are no table. path: what `data.path` is to say. files: by name. settings: that so few rows ask for."""

    path: str
    files: Mapping[str, bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Look:
    """Data that are no table, at a glance: what is known of each row as a table of text cells, and what there is to see.

    fixed: the data themselves say which column is which (arrays of a file, folders named after classes): none is chosen.
    """

    table: Table
    blocks: tuple[Block, ...] = ()
    fixed: bool = False


@dataclass(frozen=True, eq=False)
class Viewed:
    """One new image, answered.

    name: as the file is called. words: the decision in a sentence. rows: (1,) the figures. blocks: the image, and where the model looks.
    """

    name: str
    words: str
    rows: pd.DataFrame
    blocks: tuple[Block, ...]


@runtime_checkable
class Viewing(Protocol):
    """The `viewer` of a saved model that answers images: what the pages need to take some and show what it says of them."""

    @property
    def types(self) -> tuple[str, ...]:
        """Endings of the files that it reads."""
        ...

    def answered(self, paths: tuple[Path, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """One row an image, in their order, and what is to be said of how they were read."""
        ...

    def viewed(self, path: Path) -> Viewed: ...


class Told(Protocol):
    """A run folder as its report and its pages read it; what all studies' have in common.

    chosen: what the reader changed, in words; None in the run's own report.
    """

    @property
    def study(self) -> Study: ...
    @property
    def settings(self) -> Any: ...
    @property
    def result(self) -> Mapping[str, Any]: ...
    @property
    def synthetic(self) -> bool: ...
    @property
    def chosen(self) -> str | None: ...
    def with_cut(self, overrides: Mapping[str, Any]) -> Told:
        """The same run as the reader would decide; raises a ConfigError for what needs another training."""
        ...


@dataclass(frozen=True)
class Headline:
    """The figure of the champion that says in a line what came of a run.

    Parameters
    ----------
    metric: its name in metrics.json, as a regular expression where a number in it is a setting. words: behind it ("saved against the best constant decision"), `ahead`: before it.
    digits, scale, unit: how it is printed.
    """

    metric: str
    words: str = ""
    ahead: str = ""
    digits: int = 3
    scale: float = 1.0
    unit: str = ""

    def said(self, figure: Mapping[str, Any]) -> str:
        """ "27.5 % (9.9 to 42.6) saved against the best constant decision"."""
        value = f"{self.scale * figure['value']:.{self.digits}f}{self.unit}"
        if figure["low"] is not None and figure["high"] is not None:
            low, high = (f"{self.scale * figure[end]:.{self.digits}f}" for end in ("low", "high"))
            value = f"{value} ({low} to {high})"
        return " ".join(filter(None, (self.ahead, value, self.words)))


MONEY_OR_AUC = (
    Headline("savings", "saved against the best constant decision", digits=1, scale=100, unit=" %"),
    Headline("auc", ahead="AUC"),
)


def _of_tables(run: RunFolder, study: Study) -> Told:
    from casestudies.workflow.findings import Findings

    return Findings.read(run, study)


def _judgements(told: Any) -> Judgements | None:
    from casestudies.workflow.judgements import of_table

    return of_table(told)


def _in_lines(told: Any) -> list[str]:
    from casestudies.workflow.sections import in_lines

    return in_lines(told)


def _figures(settings: Any) -> Collection[str]:
    from casestudies.metrics import METRICS

    return METRICS


def _check_table(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> CheckedTable:
    from casestudies.workflow.checking import check_table

    return check_table(study, settings, path, files)


@dataclass(frozen=True)
class Study:
    """One inhabitant of the house; the shared rooms reach it through this value alone.

    `run` does the whole job into a run folder, `sections` turns a finished folder into report sections, `open` loads
    the saved model of a verified folder.

    What only some studies have: `files` are the further tables they read (`data.files`), `table` builds the table from further files where there is none of its own, `extend`
    adds columns to the checked table, `doubts` finds what else speaks against it, `questions` are asked beside those of `analyses`, `ahead` refuses
    what they would only refuse after the fits, `tryout` are sliders, and `worded` says a column and its value in the study's own words. `planted` names what the demo's outcome comes of, the
    strongest first, with the columns that show it.

    A study that does not compare models of one table says besides how its folder is read (`findings`), said in a few
    lines (`lines`), which rows judged it (`judgements`), and in one (`headlines`: of those whose figure there is, the first), and how its table is checked
    (`check`), and which figures its metrics.json has (`figures`); `demo_files` are the further tables of its demo, by name;
    `folders` says that its data may be a folder, `libraries` names what its figures depend on beside what all depend on,
    and where its data are no table `example` gives those of a template,
    `look` shows them at a glance, `types` are the endings of what may be handed in, and `file_types`, by the name of a further
    file, those of what is no table.

    `verbs` are what it does beside a run, into run folders of their own: each gives this study with another `run`, and what
    reads such a folder (`findings`, `sections`, `lines`, `headlines`), so that jobs, pages and reports need not know.
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
    ahead: Callable[[Checked, Any], None] | None = None
    tryout: Tryout | None = None
    worded: Callable[[str, Any], str | None] | None = None
    planted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: Callable[[RunFolder, Study], Told] = _of_tables
    lines: Callable[..., list[str]] = _in_lines  # of what `findings` gives
    judgements: Callable[..., Judgements | None] = _judgements  # of the same
    headlines: tuple[Headline, ...] = MONEY_OR_AUC
    check: Callable[[Study, Any, Path | None, Mapping[str, Path]], CheckedTable] = _check_table
    figures: Callable[[Any], Collection[str]] = _figures  # of its settings
    demo_files: Callable[[int | None, int], Mapping[str, pd.DataFrame]] | None = None
    folders: bool = False
    libraries: tuple[str, ...] = ()
    example: Callable[[], Example] | None = None
    look: Callable[[Any, Path | None, Mapping[str, Path]], Look] | None = None  # of its settings
    types: tuple[str, ...] = ()
    file_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verbs: Mapping[str, Callable[[Study], Study]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def outcome(self) -> bool:
        """Whether its table has one column to be predicted (`data.target`)."""
        data: Any = self.settings.model_fields["data"].annotation
        return "target" in data.model_fields

    @cached_property
    def demo_defaults(self) -> Mapping[str, Any]:
        """The settings that fit the embedded example; drawn once, since a page asks for them at each run of its script."""
        return self.demo(1, 0).defaults

    def at(self, verb: str) -> Study:
        """The study as it is for run folders of that verb.

        Raises
        ------
        UsageError: it does no such thing; the nearest verbs are given.
        """
        if verb == RUN:
            return self
        if verb not in self.verbs:
            raise UsageError(f"{self.name} does not {shown(verb)}", advice=nearest(verb, (RUN, *self.verbs)))
        return self.verbs[verb](self)

    def headline(self, metrics: Mapping[str, Any]) -> str:
        """What came out of a finished run, with its interval; metrics: what metrics.json holds."""
        figures = metrics["models"][metrics["champion"]]
        for headline in self.headlines:
            for name, figure in figures.items():
                if re.fullmatch(headline.metric, name) and figure["value"] is not None:
                    return " ".join(filter(None, (metrics.get("ahead", ""), headline.said(figure))))
        return ""


def get_study(name: str) -> Study:
    """The study of that name.

    Raises
    ------
    UsageError: there is none; the nearest names are given.
    """
    return importlib.import_module(f"casestudies.{check_study(name)}.study").STUDY


def terms_of(name: str) -> tuple[type[Settings], Contract]:
    """Settings and contract of a study, from its modules `config` and `contract` alone: neither models nor report are loaded.

    Raises
    ------
    UsageError: there is no such study; the nearest names are given.
    """
    from casestudies.workflow.settings import Settings

    room = f"casestudies.{check_study(name)}"
    config = importlib.import_module(f"{room}.config")
    known = [kind for kind in vars(config).values() if isinstance(kind, type) and kind.__module__ == config.__name__]
    (settings,) = (kind for kind in known if issubclass(kind, Settings))
    return settings, importlib.import_module(f"{room}.contract").CONTRACT


def headline_of(run: RunFolder) -> str:
    """What came out of a finished run, in a line: as its manifest says, so that a list of runs loads no study.

    Raises
    ------
    RunError: the folder's files cannot be read.
    """
    return str(run.manifest().get("headline") or study_of(run).headline(run.read_json("metrics.json")))


def study_of(run: RunFolder) -> Study:
    """The study of a run folder, as it is for what was asked of it.

    Raises
    ------
    UsageError: there is no such study, or it does not do that. RunError: the folder's request cannot be read.
    """
    return get_study(run.study).at(run.verb)
