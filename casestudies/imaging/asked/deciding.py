"""The settings of the decision: prices, cut, second readers, the population it is meant for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Deciding(Section):
    """What mistakes cost, and who decides the doubtful."""

    miss: float = basic(10.0, gt=0, le=1e9, description="Price of a missed disease.")
    alarm: float = basic(1.0, gt=0, le=1e9, description="Price of calling back someone healthy.")
    currency: str | None = Field(None, max_length=20, description="Unit of the prices; null: cost units.")
    cut: Literal["cost", "bayes"] | Annotated[float, Field(ge=0, le=1)] = Field(
        "bayes",
        description="bayes: alarm / (alarm + miss); cost: the cheapest on validation patients, which moves about where they "
        "are few; or a probability.",
    )
    prevalence: float | None = basic(
        None,
        gt=0,
        lt=1,
        description="Share of diseased where the model is meant to be used; predictive values and costs are told for there; "
        "null: as in the data.",
    )
    patient_by: Literal["max", "mean"] = Field(
        "max", description="What a patient's probability is made of: the greatest or the mean of those of the images."
    )
    coverage: float = Field(0.9, gt=0.5, lt=1, description="Promise of the conformal sets, for each class.")
    accuracy_at: float = Field(0.9, gt=0, lt=1, description="Sensitivity is told at this specificity, and the reverse.")
