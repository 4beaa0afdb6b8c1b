"""The settings of the models that table studies compare, and the recipes they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from casestudies.errors import CaseError, ConfigError
from casestudies.workflow.settings import Section, basic
from casestudies.workflow.table_settings import TableSettings

if TYPE_CHECKING:
    from casestudies.models.recipes import Recipe
    from casestudies.models.scorecard.asked import Wishes
    from casestudies.workflow.named import NamedColumns

Way = Literal["up", "down"]


class Trees(Section):
    """The LightGBM challenger; fixed, so that the figures compare models and not searches."""

    trees: int = Field(150, ge=10, le=5_000, description="Number of boosted trees.")
    leaves: int = Field(15, ge=2, le=1_000, description="Leaves of each tree.")
    learning_rate: float = Field(0.05, gt=0, le=1, description="Shrinkage of each tree.")
    min_rows: int = Field(20, ge=1, description="Least rows in a leaf.")


class Card(Section):
    """The scorecard: columns in bins, bins in points."""

    method: Literal["steps", "woe", "cv"] = Field(
        "cv",
        description="steps: all bins fitted together; woe: one weight for each column's weight of evidence; cv: the "
        "smaller cross-validated log loss.",
    )
    penalty: Literal["l1", "l2"] = Field(
        "l2", description="Penalty of steps; l1 makes the card shorter and takes longer."
    )
    C: Literal["cv"] | Annotated[float, Field(gt=0, le=1e9)] = Field(
        "cv", description="Inverse strength of the penalty; cv chooses it by log loss."
    )
    choose: Literal["best", "one_se"] = Field(
        "best", description="The least loss, or the strongest penalty within one standard error of it."
    )
    max_bins: int = Field(20, ge=2, le=100, description="Bins of a column of numbers before the fit.")
    special: dict[str, list[float | str]] = Field(
        {}, description="Column: values with a bin of their own, e.g. codes such as -9."
    )
    bins: dict[str, Annotated[list[float | list[str | int | float]], Field(max_length=200)]] = basic(
        {}, description="Column: its bins by hand, [25, 40] or [[A11, A12], [A13]]; only their points are fitted."
    )
    force: list[str] = Field([], description="Columns that stay, whatever the penalty.")
    exclude: list[str] = basic([], description="Columns that the card must not use; other models may.")
    pairs: list[tuple[str, str]] = Field(
        [], max_length=5, description="Pairs of columns whose bins are also taken together, at most five."
    )
    pdo: float = Field(20.0, ge=1e-3, le=1e6, description="Points that double the odds.")
    odds: float = Field(50.0, ge=1e-9, le=1e9, description="Good for one bad at the score `points`.")
    points: float = Field(600.0, ge=-1e9, le=1e9, description="The score at these odds.")
    whole: bool = Field(True, description="Whole-number points; the AUC that rounding loses is printed.")

    def wishes(self, monotone: Mapping[str, Way], kinds: Mapping[str, str]) -> Wishes:
        """What is asked of columns; kinds: {feature: its kind}. A column that is no feature is excluded already."""
        from casestudies.models.scorecard.asked import Wishes

        exclude = [name for name in self.exclude if name in kinds]
        monotone = {name: way for name, way in monotone.items() if name not in exclude}  # other models hold to it
        return Wishes(monotone, self.special, self.bins, self.force, exclude, self.pairs)

    def check_columns(self, table: NamedColumns, monotone: Mapping[str, Way]) -> None:
        """See `Settings.check_columns`.

        Raises
        ------
        DataError: too few events to claim that an effect is monotone.
        """
        from casestudies.models.scorecard.asked import keyed

        table.known("model.card.exclude", self.exclude)
        both = [name for pair in self.pairs for name in pair]
        named: dict[str, Iterable[str]] = {
            "special": self.special,
            "bins": self.bins,
            "force": self.force,
            "pairs": both,
        }
        for key, names in named.items():
            table.features(f"model.card.{key}", names)
        kinds = {name: table.checked.kinds[name] for name in table.checked.features}
        if kinds and not set(kinds) - set(self.exclude):
            raise ConfigError("leaves no column for the card", where="model.card.exclude", advice="take some out")
        wishes = self.wishes(monotone, kinds)
        try:
            wishes.checked(kinds, self.method)
            wishes.tried(table.checked.frame, kinds)
            if table.checked.y is not None:
                wishes.supported(table.checked.y)
        except CaseError as error:
            raise keyed(error) from None


Candidate = Literal[
    "scorecard", "logistic", "lightgbm", "mean",
    "logistic_clv", "logistic_weighted", "logistic_cost", "logistic_focal",
    "lightgbm_clv", "lightgbm_weighted", "lightgbm_cost", "lightgbm_focal",
]  # fmt: skip


Pick = Literal["simplest", "best"]


def candidates(default: list[Candidate]) -> Any:
    """The field `candidates` with a study's own default."""
    return basic(
        default,
        min_length=1,
        max_length=len(get_args(Candidate)),
        description="Models to compare, the simpler first. mean: the mean log-odds of the others. _clv, _weighted, _cost: "
        "taught by what is lost with an event, by what is at stake, by expected cost; _focal: by focal loss.",
    )


def picked(default: Pick) -> Any:
    """The field `champion` with a study's own default."""
    return Field(
        default,
        description="simplest: the first candidate within one standard error of the least cost in cross-validation; best: "
        "of those taught log loss and within two standard errors, the one with the least log loss.",
    )


class Model(Section):
    """What is fitted, and what it is compared with."""

    candidates: list[Candidate] = candidates(["scorecard", "logistic", "lightgbm"])
    champion: Pick = picked("simplest")
    C: Literal["cv"] | Annotated[float, Field(gt=0, le=1e9)] = Field(
        "cv",
        description="Inverse strength of the logistic regression's penalty on standardised columns; cv chooses it by log "
        "loss.",
    )
    penalties: list[Literal["l2", "l1", "elasticnet"]] = Field(
        ["l2", "l1"], min_length=1, max_length=3, description="Penalties of the logistic regression to choose from."
    )
    l1_ratio: float = Field(0.5, ge=0, le=1, description="Share of l1 in the elastic net.")
    choose: Literal["best", "one_se"] = Field(
        "best", description="The least loss, or the strongest penalty within one standard error of it."
    )
    monotone: dict[str, Way] = basic(
        {},
        description="Column of numbers: whether the risk may only rise (up) or only fall (down) with its value; for "
        "scorecard and lightgbm.",
    )
    card: Card = Card()
    trees: Trees = Trees()
    calibrate: Literal["auto", "none", "sigmoid", "isotonic"] = Field(
        "auto", description="auto: calibrate where that lowers the log loss in cross-validation."
    )
    incumbent: str | None = basic(
        None, description="Column with today's score or decision: evaluated, in money, never a feature."
    )
    incumbent_act: str | int | float | None = Field(
        None, description="For an incumbent decision: the value that means decline."
    )
    leaks_allowed: bool = Field(False, description="Go on although a single column nearly gives the outcome away.")

    @field_validator("candidates", "penalties")
    @classmethod
    def _once(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError("a list of different names")
        return names

    def check_columns(self, table: NamedColumns) -> None:
        """See `Settings.check_columns`."""
        table.numbers("model.monotone", self.monotone)
        self.card.check_columns(table, self.monotone if "scorecard" in self.candidates else {})


class ModelSettings(TableSettings):
    """The settings of a study that compares such models."""

    model: Model = Model()

    def check_columns(self, table: NamedColumns) -> None:
        super().check_columns(table)
        self.model.check_columns(table)


def recipes_of(settings: ModelSettings, kinds: Mapping[str, str]) -> list[Recipe]:
    """The models to compare, the simpler first. kinds: {feature: its kind}.

    Raises
    ------
    ConfigError: a mean of fewer than two others.
    """
    from casestudies.models.mean import MEAN, MeanRecipe

    found = {name: _recipe(settings, kinds, name) for name in settings.model.candidates if name != MEAN}
    parts = tuple(recipe for recipe in found.values() if recipe.train == "log")
    if MEAN in settings.model.candidates and len(parts) < 2:
        advice = "add scorecard, logistic or lightgbm, or take mean out"
        raise ConfigError("a mean needs two others taught log loss", where="model.candidates", advice=advice)
    return [MeanRecipe(parts) if name == MEAN else found[name] for name in settings.model.candidates]


def _recipe(settings: ModelSettings, kinds: Mapping[str, str], name: str) -> Recipe:
    from casestudies.models.costsensitive.names import by_name
    from casestudies.models.recipes import LogisticRecipe, ScorecardRecipe, TreesRecipe

    model, trees = settings.model, settings.model.trees
    kind, train = by_name(name)
    if kind == "scorecard":
        wishes = {**dict(model.card), **vars(model.card.wishes(model.monotone, kinds))}
        return ScorecardRecipe(kinds, wishes, settings.seed)
    if kind == "logistic":
        wanted = settings.features.wanted()
        return LogisticRecipe(kinds, model.C, tuple(model.penalties), model.l1_ratio, model.choose, wanted, train)
    return TreesRecipe(
        kinds,
        trees.trees,
        trees.leaves,
        trees.learning_rate,
        trees.min_rows,
        settings.seed,
        settings.run.threads,
        model.monotone,
        train,
    )


def fitting(asked: Sequence[str], *, money: bool, whole: bool) -> tuple[list[str], str]:
    """The candidates that can be fitted, and a sentence on those that are left out; empty where none is.

    money: whether there are costs, which a model taught money reads. whole: whether the champion is fitted again on all
    rows of a file that memory does not hold, which is for single models taught log loss.
    """
    from casestudies.models.costsensitive.names import PRICED, by_name

    trains = {name: by_name(name)[1] for name in asked}
    priced = [name for name in asked if trains[name] in PRICED and not money]
    large = [name for name in asked if whole and name not in priced and (trains[name] != "log" or name == "mean")]
    said = []
    if priced:
        said.append(f"{', '.join(priced)}: left out, since no costs are given")
    if large:
        said.append(f"{', '.join(large)}: left out, since the champion is fitted again on all rows of the file")
    kept = [name for name in asked if name not in (*priced, *large)]
    if not kept:
        raise ConfigError(said[0], where="model.candidates", advice="add scorecard, logistic or lightgbm")
    return kept, "; ".join(said)
