"""The settings that the studies of one table share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Field

from casestudies.errors import ConfigError, shown
from casestudies.workflow.settings import Data, Section, Settings, basic

if TYPE_CHECKING:
    from casestudies.decisions import CostMatrix
    from casestudies.tabular.wanted import Wanted
    from casestudies.workflow.named import NamedColumns

Question = Literal[
    "quality", "views", "selection", "imbalance", "challenger", "bands", "card", "drift", "fairness", "rejects", "windows",
    "losses", "learning",
]  # fmt: skip
QUESTIONS: tuple[Question, ...] = get_args(Question)
_ASKED = tuple(name for name in QUESTIONS if name != "windows")  # which fits again for every window


class TableData(Data):
    """Which rows and columns of a table, and what they mean."""

    target: str | None = basic(None, description="Column that holds the outcome.")
    positive: str | int | float | bool | None = basic(
        None, description="The outcome's value that counts as the event; it is asked for, never guessed."
    )
    id: str | None = Field(None, description="Column that names a row; never a feature.")
    group: str | None = Field(None, description="Column whose values must not be split apart, e.g. customer.")
    weight: str | None = Field(None, description="Column with row weights, of the fit and of the figures.")
    treatment: str | None = Field(None, description="Column with a past randomised treatment.")
    protected: list[str] = basic([], description="Columns for the groups table; never features.")
    map: dict[str, str] = Field({}, description="Contract name: the file's column.")
    drop: list[str] = basic([], description="Columns not to use, e.g. leaks or free text.")
    where: str | None = Field(None, description="Formula: which rows to keep, e.g. balance > 0 and label != 'N'.")
    derive: dict[str, str] = Field({}, description="New columns by formula, made before costs and features.")
    categories: list[str] = Field([], description="Columns whose numbers are codes, e.g. of shops or professions.")
    numbers: list[str] = Field([], description="Columns of few whole numbers that are amounts and no grades.")


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


class Lime(Section):
    """LIME's two settings that decide whether it can be trusted."""

    samples: int = Field(5000, ge=100, le=50_000, description="Rows LIME draws around a case.")
    seeds: int = Field(5, ge=2, le=50, description="Repetitions with other seeds, for the whiskers.")


class Explain(Section):
    """How much is explained."""

    rows: int = Field(2000, ge=50, le=50_000, description="Rows of the global explanation.")
    cases: int = Field(4, ge=1, le=12, description="Cases explained one by one in the report.")
    lime: Lime = Lime()


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


class TableSettings(Settings):
    """What the studies of one table share: prices, the decision, features, and the further questions."""

    data: TableData = TableData()
    split: Split = Split()
    cost: Cost = Cost()
    decide: Decide = Decide()
    features: Features = Features()
    bands: Bands = Bands()
    refer: Refer = Refer()
    reasons: Reasons = Reasons()
    windows: Windows = Windows()
    explain: Explain = Explain()
    analyse: list[Question] = Field(
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )

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
