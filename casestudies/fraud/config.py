"""The settings of the fraud study: those of every table study, and its windows in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from casestudies.fraud.asked import Alerts, Novelty, Rules
from casestudies.fraud.rolling import Rolling
from casestudies.workflow.models import Candidate, Model, ModelSettings, Pick, candidates, picked
from casestudies.workflow.table_settings import LastingSplit

if TYPE_CHECKING:
    from casestudies.workflow.named import NamedColumns

FraudQuestion = Literal[
    "alerts", "rules", "novelty", "pretended", "windows", "losses", "learning", "quality", "imbalance", "drift",
    "views", "selection", "challenger", "bands", "card", "fairness",
]  # fmt: skip
_ASKED: tuple[FraudQuestion, ...] = (
    *("alerts", "rules", "novelty", "pretended", "windows"),
    *("losses", "learning", "quality", "imbalance", "drift"),
)


class _Model(Model):
    candidates: list[Candidate] = candidates(
        ["logistic", "lightgbm", "mean", "logistic_weighted", "logistic_cost", "lightgbm_weighted", "lightgbm_cost"]
    )
    champion: Pick = picked("best")


class FraudSettings(ModelSettings):
    """Fraud: one transaction a row, act = alert."""

    study: Literal["fraud"] = "fraud"
    split: LastingSplit = LastingSplit()
    model: _Model = _Model()
    rolling: Rolling = Rolling()
    alerts: Alerts = Alerts()
    rules: Rules = Rules()
    novelty: Novelty = Novelty()
    analyse: list[FraudQuestion] = Field(  # type: ignore[assignment]
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )

    def set_aside(self) -> dict[str, list[str]]:
        return {**super().set_aside(), "rules.columns": self.rules.columns}

    def check_columns(self, table: NamedColumns) -> None:
        super().check_columns(table)
        self.rules.check_columns(table)
