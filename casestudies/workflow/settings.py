"""The settings all studies share: one pydantic model, each field with its unit, its range and a sentence.

The same sentences are the help of the command line, the labels of the pages' form and the reference of the docs.
Fields marked `basic` are what the form shows first.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticUndefined

from casestudies.errors import ConfigError, shown

if TYPE_CHECKING:
    from casestudies.decisions import CostMatrix
    from casestudies.tabular.wanted import Wanted
    from casestudies.workflow.named import NamedColumns

Question = Literal[
    "quality", "views", "selection", "imbalance", "challenger", "bands", "card", "drift", "fairness", "rejects", "windows",
    "losses",
]  # fmt: skip
QUESTIONS: tuple[Question, ...] = get_args(Question)
_ASKED = tuple(name for name in QUESTIONS if name != "windows")  # which fits again for every window
_LIMITS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "max_length": "length at most"}


class Section(BaseModel):
    """A frozen group of settings; unknown keys are errors (`resolve` names the nearest known one)."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any, info: Any) -> Any:
        # `data:` with nothing under it is YAML for null; an analyst means "the defaults"
        wanted = cls.model_fields[info.field_name or ""].annotation
        keyed = get_origin(wanted) is dict or (isinstance(wanted, type) and issubclass(wanted, Section))
        return {} if value is None and keyed else value


def basic(default: Any = ..., **rules: Any) -> Any:
    """A field that the pages show before "all settings" is opened."""
    return Field(default, json_schema_extra={"basic": True}, **rules)


class Read(Section):
    """How the file is read; null means: found from the file, and said."""

    separator: str | None = Field(None, max_length=4, description="Text between two cells, e.g. ';'.")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal sign of numbers.")
    encoding: str | None = Field(None, max_length=30, description="Text encoding, e.g. utf-8 or cp1252.")
    header: bool | int = Field(True, description="Whether the file names its columns; a number is the header's line.")
    names: list[str] | None = Field(None, description="Column names for a file without a header.")
    missing: list[str] = Field([], description="Texts that mean missing, beside the empty cell, e.g. ['?', 'NA'].")
    sheet: str | None = Field(None, description="Sheet of an Excel file.")


class Data(Section):
    """Which rows and columns, and what they mean."""

    path: str | None = basic(None, description="The table: CSV, TSV, Excel or Parquet; null is the embedded demo.")
    target: str | None = basic(None, description="Column that holds the outcome.")
    positive: str | int | float | bool | None = basic(
        None, description="The outcome's value that counts as the event; it is asked for, never guessed."
    )
    id: str | None = Field(None, description="Column that names a row; never a feature.")
    time: str | None = Field(None, description="Column with the time of the decision; the split then follows it.")
    group: str | None = Field(None, description="Column whose values must not be split apart, e.g. customer.")
    weight: str | None = Field(None, description="Column with row weights, of the fit and of the figures.")
    treatment: str | None = Field(None, description="Column with a past randomised treatment.")
    protected: list[str] = basic([], description="Columns for the groups table; never features.")
    map: dict[str, str] = Field({}, description="Contract name: the file's column.")
    drop: list[str] = basic([], description="Columns not to use, e.g. leaks or free text.")
    where: str | None = Field(None, description="Formula: which rows to keep, e.g. balance > 0 and label != 'N'.")
    derive: dict[str, str] = Field({}, description="New columns by formula, made before costs and features.")
    files: dict[str, str] = Field({}, description="Further tables of a study.")
    dates: dict[str, str] = Field({}, description="Column: its date format, e.g. '%d.%m.%Y', or seconds.")
    categories: list[str] = Field([], description="Columns whose numbers are codes, e.g. of shops or professions.")
    numbers: list[str] = Field([], description="Columns of few whole numbers that are amounts and no grades.")
    read: Read = Read()


class Split(Section):
    """Which rows judge the model."""

    kind: Literal["auto", "stratified", "group", "time", "given", "cv"] = Field(
        "auto", description="auto: as given in the file, else by time, by group, else stratified; cv: out of fold."
    )
    test: float = Field(0.2, gt=0, lt=0.9, description="Share of rows held out for the figures.")
    folds: int = Field(5, ge=2, le=20, description="Folds of the cross-validation inside the training part.")
    delay: int | None = Field(None, ge=0, le=36_500, description="Days between a decision and its label.")
    window: int | None = Field(None, ge=1, le=36_500, description="Days of the test window.")
    column: str | None = Field(None, description="Column with the values train and test, for kind: given.")
    across: bool = Field(
        False,
        description="Whether a group may stand on both sides of a split by time, as customers and cards do in use.",
    )


class LastingSplit(Split):
    """Of studies whose groups go on: the customers and cards of tomorrow are mostly those of today."""

    across: bool = Field(
        True,
        description="Whether a group may stand on both sides of a split by time, as customers and cards do in use.",
    )


class Cost(Section):
    """What each of the four outcomes costs, per row: a number, a column or a formula. Negative is earned."""

    fn: float | str | None = basic(None, description="Cost of not acting on an event (a default that was accepted).")
    fp: float | str | None = basic(None, description="Cost of acting on a non-event (a good customer declined).")
    tp: float | str = Field(0.0, description="Cost of acting on an event.")
    tn: float | str = Field(0.0, description="Cost of not acting on a non-event.")
    currency: str | None = basic(None, max_length=12, description="Unit of the costs; null prints 'cost units'.")

    @property
    def given(self) -> bool:
        """Whether there is money to decide on; without it figures are probabilities and rates only."""
        return self.fn is not None and self.fp is not None

    def matrix(self) -> CostMatrix | None:
        """The costs as given; None when neither mistake has a price.

        Raises
        ------
        ConfigError: only one of the two has.
        """
        from casestudies.decisions import CostMatrix

        if self.fn is None and self.fp is None:
            return None
        if self.fn is None or self.fp is None:
            lacking = "fn" if self.fn is None else "fp"
            raise ConfigError(
                "only one of the two mistakes has a price",
                where=f"cost.{lacking}",
                advice=f"write cost.{lacking} too (0 is a price), or neither",
            )
        return CostMatrix(fn=self.fn, fp=self.fp, tp=self.tp, tn=self.tn, currency=self.currency)


class Decide(Section):
    """How a probability becomes an action."""

    rule: str = basic(
        "bmr",
        description="bmr (each row's own threshold) | cut | budget | capacity | f1 | precision>=x | recall>=x | "
        "specificity>=x | approve=x%.",
    )
    cut: float | None = Field(None, ge=0, le=1, description="A threshold chosen by you, with rule: cut.")
    budget: float | None = Field(None, gt=0, description="Money for acting, with rule: budget.")
    capacity: int | None = Field(None, ge=1, le=10**9, description="Rows that can be acted on, with rule: capacity.")


class Frame(Section):
    """What was to be achieved; printed first in every report, 'not stated' where empty."""

    goal: str | None = basic(None, max_length=500, description="What the organisation wants to achieve.")
    unit: str | None = Field(None, max_length=300, description="What one row is.")
    label_means: str | None = Field(None, max_length=300, description="What the outcome means and when it is known.")
    horizon: str | None = Field(None, max_length=300, description="How far ahead the outcome lies.")
    proxy_for: str | None = Field(None, max_length=300, description="What the label only stands for.")
    excluded: str | None = Field(None, max_length=300, description="Who is not in the table.")
    decided_by: str | None = Field(None, max_length=300, description="Who decides, and what the score is to them.")


class Interval(Section):
    """How sure the figures are."""

    level: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the intervals.")
    rounds: int = Field(1000, ge=100, le=20_000, description="Bootstrap rounds.")


class Lime(Section):
    """LIME's two settings that decide whether it can be trusted."""

    samples: int = Field(5000, ge=100, le=50_000, description="Rows LIME draws around a case.")
    seeds: int = Field(5, ge=2, le=50, description="Repetitions with other seeds, for the whiskers.")


class Explain(Section):
    """How much is explained."""

    rows: int = Field(2000, ge=50, le=50_000, description="Rows of the global explanation.")
    cases: int = Field(4, ge=1, le=12, description="Cases explained one by one in the report.")
    lime: Lime = Lime()


class Gate(Section):
    """Limits of one figure; a run that misses them ends with exit code 6."""

    min: float | None = None
    max: float | None = None


class Report(Section):
    """What is printed."""

    formats: list[Literal["html", "pdf"]] = Field(["html", "pdf"], description="Files to write.")
    date: str | None = Field(None, max_length=40, description="A date to print; null prints none.")
    author: str | None = Field(None, max_length=120, description="Who signs the report.")
    version: str | None = Field(None, max_length=40, description="The report's own version.")
    logo: str | None = Field(None, description="A PNG file for the first page.")
    notes: str | None = Field(None, description="A notes.md with your words for the sections.")


class Run(Section):
    """What the run may use."""

    threads: int = Field(1, ge=1, le=64, description="Threads of the numerical libraries.")
    memory_mb: int = Field(4000, ge=500, description="Memory of the worker, in MB.")
    seconds: int = Field(1800, ge=10, description="CPU time of the worker, in seconds.")


class Demo(Section):
    """The embedded synthetic example."""

    rows: int | None = Field(None, ge=300, le=200_000, description="Rows of the demo; null is its full size.")


class Features(Section):
    """Columns made for the linear model from those of the table; trees find such things by themselves."""

    interactions: list[tuple[str, str]] = Field(
        [], max_length=50, description="Pairs of features whose product is added, e.g. [[age, income]]."
    )
    polynomials: dict[str, Annotated[int, Field(ge=2, le=5)]] = Field(
        {}, description="Number: the highest power to add, e.g. {age: 2}."
    )
    target_encode: list[str] = Field(
        [], description="Categories encoded by the share of events of each level, cross-fitted; for many levels."
    )
    bins: dict[str, Annotated[int, Field(ge=2, le=50)]] = Field(
        {}, description="Number: how many bins of equal counts are added as 0/1 columns, e.g. {income: 10}."
    )
    pca: int = Field(0, ge=0, le=50, description="Principal components of the encoded columns that are added.")

    def check_columns(self, table: NamedColumns) -> None:
        """See `Settings.check_columns`."""
        for key in ("polynomials", "bins"):
            table.numbers(f"features.{key}", getattr(self, key))
        table.features("features.target_encode", self.target_encode)
        table.features("features.interactions", [name for pair in self.interactions for name in pair])
        self.wanted().check({name: table.checked.kinds[name] for name in table.checked.features})

    def wanted(self) -> Wanted:
        """As the encoder takes them; `Wanted.check(kinds)` names a column that is no feature before anything is fitted."""
        from casestudies.tabular.wanted import Wanted

        return Wanted(tuple(self.interactions), self.polynomials, tuple(self.target_encode), self.bins, self.pca)


class Bands(Section):
    """The score-band table."""

    count: int = Field(10, ge=2, le=50, description="Bands of equal weight, from the riskiest to the safest.")
    edges: list[Annotated[float, Field(gt=0, lt=1)]] | None = Field(
        None,
        min_length=1,
        max_length=49,
        description="Probabilities at which bands end, e.g. [0.05, 0.1, 0.2], in place of equal weight.",
    )


class Refer(Section):
    """The third action: hand a row to a person."""

    review_cost: float | None = Field(
        None, ge=0, le=1e15, description="Cost of one review; null: say what it may cost at most."
    )
    capacity: int | None = Field(
        None, ge=0, le=10**9, description="Reviews at most, in judged rows; null: all that pay."
    )
    sensitivity: float = Field(1.0, ge=0, le=1, description="Share of events shown to the reviewer that are acted on.")
    specificity: float = Field(1.0, ge=0, le=1, description="Share of the others shown that are left alone.")


class Windows(Section):
    """Training, delay and test windows moved through time; the delay is split.delay."""

    count: int = Field(4, ge=2, le=6, description="Test windows, one after the other up to the last row.")
    test_days: int | None = Field(
        None, ge=1, le=3_650, description="Days of a test window; null: the later half of the time in equal windows."
    )
    train_days: int | None = Field(
        None, ge=1, le=36_500, description="Days of rows that a refit sees; null: all rows before its window."
    )
    refit_cost: float = Field(0.0, ge=0, le=1e12, description="Cost of one refit, in the currency of the costs.")


class Reasons(Section):
    """What is told to those who are acted on, of a scorecard."""

    k: int = Field(4, ge=1, le=20, description="Reasons at most for each row.")
    against: Literal["best", "approved"] = Field(
        "best", description="Points are lost against the best bin, or against the mean of those who are not acted on."
    )
    words: dict[str, str] = Field({}, description="Column, pair or concept: the sentence of the letter.")
    concepts: dict[str, str] = Field({}, description="Column: its concept; points lost of one concept are added.")
    changeable: dict[str, Literal["up", "down", "any"]] = Field(
        {}, description="Column that a person can change: the way it can go (up, down or any)."
    )
    effort: dict[str, Annotated[float, Field(gt=0, le=1e6)]] = Field(
        {}, description="Column: effort of one bin's change; 1 where not given."
    )

    def check_columns(self, table: NamedColumns) -> None:
        """See `Settings.check_columns`."""
        table.worded("reasons.concepts", self.concepts)
        table.worded("reasons.words", self.words, also=set(self.concepts.values()))
        table.features("reasons.changeable", self.changeable)
        table.numbers("reasons.changeable", [name for name, way in self.changeable.items() if way != "any"])
        table.known("reasons.effort", self.effort)
        for key in ("words", "concepts"):
            for name, text in getattr(self, key).items():
                if not text.strip():
                    what = f"{shown(name)} has no text"
                    raise ConfigError(what, where=f"reasons.{key}", advice="write words in quotes")


class Settings(Section):
    """The keys all studies share; a study subclasses this and adds its `model` section."""

    study: str = Field(description="Which study this config is for.")
    seed: int = basic(0, ge=0, lt=2**32, description="Seed of everything random.")
    data: Data = Data()
    split: Split = Split()
    cost: Cost = Cost()
    decide: Decide = Decide()
    features: Features = Features()
    bands: Bands = Bands()
    refer: Refer = Refer()
    reasons: Reasons = Reasons()
    windows: Windows = Windows()
    frame: Frame = Frame()
    interval: Interval = Interval()
    explain: Explain = Explain()
    analyse: list[Question] = Field(
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )
    gates: dict[str, Gate] = Field({}, description="Metric: {min, max}; exit code 6 when the champion misses one.")
    report: Report = Report()
    run: Run = Run()
    demo: Demo = Demo()

    def set_aside(self) -> dict[str, list[str]]:
        """{key: columns that it names} of settings whose columns are read, but are never features."""
        return {}

    def check_columns(self, table: NamedColumns) -> None:
        """Compare every setting that names columns with the table; a study adds those of its `model` section.

        Raises
        ------
        ConfigError: a column that is not there (the nearest names are given), is no feature, or is of the wrong kind.
        """
        self.features.check_columns(table)
        self.reasons.check_columns(table)


def describe_settings(model: type[BaseModel], prefix: str = "") -> list[dict[str, str]]:
    """Every leaf key with its default, its rule and its sentence, for `schema` and the docs."""
    rows = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            rows += describe_settings(inner, f"{prefix}{name}.")
            continue
        limits = [
            f"{word} {getattr(m, key)}" for m in field.metadata for key, word in _LIMITS.items() if hasattr(m, key)
        ]
        kind = (
            re.sub(r"typing\.|<class '|'>|NoneType", "", str(inner))
            .replace("Optional", "")
            .replace(" | None", " or null")
        )
        default = field.get_default(call_default_factory=True)
        rows.append(
            {
                "key": f"{prefix}{name}",
                "default": "" if default is PydanticUndefined else json.dumps(default, default=str),
                "rule": ", ".join([kind, *limits]),
                "sentence": field.description or "",
            }
        )
    return rows
