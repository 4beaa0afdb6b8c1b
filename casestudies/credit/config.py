"""The settings of the credit study: the shared keys and the `model` section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, Settings, basic


class Trees(Section):
    """The LightGBM challenger; fixed, so that the figures compare models and not searches."""

    trees: int = Field(150, ge=10, le=5_000, description="Number of boosted trees.")
    leaves: int = Field(15, ge=2, le=1_000, description="Leaves of each tree.")
    learning_rate: float = Field(0.05, gt=0, le=1, description="Shrinkage of each tree.")
    min_rows: int = Field(20, ge=1, description="Least rows in a leaf.")


class Model(Section):
    """What is fitted, and what it is compared with."""

    candidates: list[Literal["logistic", "lightgbm"]] = basic(
        ["logistic", "lightgbm"],
        min_length=1,
        max_length=2,
        description="Models to compare, the simpler first: within one standard error the simpler wins.",
    )
    C: Literal["cv"] | Annotated[float, Field(gt=0, le=1e9)] = Field(
        "cv",
        description="Inverse strength of the L2 penalty on standardised columns; cv chooses it by log loss.",
    )
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


class CreditSettings(Settings):
    """Credit risk: one application a row, act = decline."""

    study: Literal["credit"] = "credit"
    model: Model = Model()
