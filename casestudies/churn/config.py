"""The settings of the churn study: those of every table study, and what a customer and an offer are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from casestudies.churn.asking import SegmentSettings, UpliftSettings
from casestudies.churn.offering import Campaign
from casestudies.churn.valuing import CUSTOMER, Snapshot, Transactions, Value
from casestudies.errors import ConfigError
from casestudies.workflow.models import Candidate, Model, ModelSettings, Pick, candidates, picked
from casestudies.workflow.settings import basic
from casestudies.workflow.table_settings import Cost, LastingSplit

if TYPE_CHECKING:
    from casestudies.decisions import CostMatrix
    from casestudies.workflow.named import NamedColumns

ChurnQuestion = Literal[
    "value", "campaign", "framings", "segments", "uplift", "lastcampaign", "losses", "learning", "quality", "drift", "windows",
    "views", "selection", "imbalance", "challenger", "bands", "card", "fairness",
]  # fmt: skip
_ASKED: tuple[ChurnQuestion, ...] = (
    *("value", "campaign", "framings", "segments", "uplift", "lastcampaign"),
    *("losses", "learning", "quality", "drift"),
)


class RetentionCost(Cost):
    """What a customer is worth and what the attempt to keep one costs: numbers, columns or formulas.

    Costs of the four outcomes (fn, fp, tp, tn) can be given in their place.
    """

    clv: float | str = basic(
        "clv", description="What a customer who stays is worth; the column clv where value makes it."
    )
    accept: float | str | None = basic(
        None, description="Chance from 0 to 1 that a customer who would leave takes the offer and stays."
    )
    offer: float | str | None = basic(None, description="What the offer costs when it is taken.")
    contact: float | str = basic(0.0, description="What contacting a customer costs, taken or not.")
    fn: float | str | None = Field(
        None, description="Cost of losing a customer who was not contacted, in place of clv."
    )
    fp: float | str | None = Field(None, description="Cost of contacting a customer who would have stayed.")

    @property
    def given(self) -> bool:
        return super().given or (self.accept is not None and self.offer is not None)

    def matrix(self) -> CostMatrix | None:
        """The costs of the four outcomes, from what a customer is worth and an offer costs, or as given.

        Raises
        ------
        ConfigError: some numbers are missing, or both ways are mixed.
        """
        if self.accept is None and self.offer is None:
            return super().matrix()
        if self.fn is not None or self.fp is not None:
            advice = "write clv, accept, offer and contact, or fn, fp, tp and tn"
            raise ConfigError("costs are given in both ways", where="cost", advice=advice)
        if self.accept is None or self.offer is None:
            lacking = "accept" if self.accept is None else "offer"
            raise ConfigError(
                "an offer needs both its cost and its acceptance",
                where=f"cost.{lacking}",
                advice=f"write cost.{lacking}",
            )
        from casestudies.decisions import CostMatrix

        return CostMatrix.retention(self.clv, self.accept, self.offer, self.contact, currency=self.currency)


class _Model(Model):
    candidates: list[Candidate] = candidates(
        ["scorecard", "logistic", "lightgbm", "mean", "logistic_clv", "logistic_cost", "lightgbm_clv", "lightgbm_cost"]
    )
    champion: Pick = picked("best")


class ChurnSettings(ModelSettings):
    """Churn: one customer at a date a row, act = contact."""

    study: Literal["churn"] = "churn"
    split: LastingSplit = LastingSplit()
    model: _Model = _Model()
    cost: RetentionCost = RetentionCost()
    value: Value = Value()
    transactions: Transactions = Transactions()
    snapshot: Snapshot = Snapshot()
    campaign: Campaign = Campaign()
    uplift: UpliftSettings = UpliftSettings()
    segments: SegmentSettings = SegmentSettings()
    analyse: list[ChurnQuestion] = Field(  # type: ignore[assignment]
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )

    @model_validator(mode="before")
    @classmethod
    def _snapshots_of_one_customer(cls, values: Any) -> Any:
        # rows of one customer at several dates are no strangers to each other
        snapshot = values.get("snapshot") if isinstance(values, dict) else None
        dates = snapshot.get("date") if isinstance(snapshot, dict) else None
        data = values.get("data", {}) if isinstance(dates, list) and len(dates) > 1 else None
        return (
            values
            if not isinstance(data, dict) or data.get("group")
            else {**values, "data": {**data, "group": CUSTOMER}}
        )

    def set_aside(self) -> dict[str, list[str]]:
        return {**super().set_aside(), **self.campaign.set_aside(), **self.uplift.set_aside()}

    def check_columns(self, table: NamedColumns) -> None:
        super().check_columns(table)
        self.campaign.check_columns(table, self.cost)
        self.segments.check_columns(table)

    def model_post_init(self, context: Any) -> None:
        self.cost.matrix()  # a slip in the costs is said before anything is read
