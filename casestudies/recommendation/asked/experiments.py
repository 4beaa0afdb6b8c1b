"""Settings of tests: a retailer's own test read from data.files.experiment, and the simulated test of the models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic

Value = str | int | float | bool
Share = Annotated[float, Field(gt=0, lt=1)]


class Experiments(Section):
    """A test of your own, and what a test would need; say how it is to be judged before looking at it."""

    unit: str | None = basic(None, description="Column that names what was drawn into an arm, e.g. customer.")
    arms: list[str] = basic(
        [], max_length=4, description="Columns that say the arm; several columns are several factors tested at once."
    )
    outcome: str | None = basic(
        None, description="Column with what counts: 0/1 or yes/no, or an amount. An empty cell is no outcome."
    )
    success: Value | None = Field(
        None, description="Value of the outcome that counts as success; needed unless it is 0/1, yes/no or an amount."
    )
    before: str | None = Field(
        None, description="Column of numbers known before the start, e.g. spending until then; makes intervals shorter."
    )
    time: str | None = Field(None, description="Column with the time at which a unit entered the test.")
    format: str | None = Field(None, description="Its date format, e.g. '%d.%m.%Y'; null: found from the cells.")
    look: list[str] = Field(
        [], max_length=6, description="Columns known at the start by which a wrong sample ratio is traced, e.g. device."
    )
    control: dict[str, Value] = Field(
        {}, description="Column of arms: its value that means as before; null: off, no, 0, control, A, else the first."
    )
    planned: dict[str, dict[str, Share]] = Field(
        {}, description="Column of arms: the planned share of each value, e.g. {list: {on: 0.9, off: 0.1}}; {}: equal."
    )
    planned_units: int = Field(
        10_000,
        ge=10,
        le=10**9,
        description="Units at which the intervals for looking early are tuned; set it beforehand.",
    )
    contaminated: Literal["drop", "refuse"] = Field(
        "drop", description="Units found in two arms: left out and counted, or an error."
    )
    missing: Literal["refuse", "drop", "zero"] = Field(
        "refuse", description="Units without an outcome: an error, left out and counted, or 0 (who bought nothing)."
    )
    compare: list[Literal["factors", "interactions", "combinations"]] = Field(
        ["factors", "interactions", "combinations"],
        min_length=1,
        description="What a test of several factors compares; fewer comparisons need fewer units. One factor: its arms.",
    )
    better: Literal["higher", "lower"] = Field("higher", description="Whether more or less of the outcome is wanted.")
    worth: float = basic(
        0.0, ge=0, le=1e12, description="Smallest effect worth having, in the outcome's unit (0.005 = half a point)."
    )
    value_per_success: float | None = Field(
        None, gt=0, le=1e12, description="Money that one success (or one unit of the amount) is worth; null: no money."
    )
    threshold: float = Field(0.001, gt=0, lt=0.2, description="p value under which the sample ratio counts as wrong.")
    power: float = Field(0.8, gt=0.05, lt=1, description="Share of tests that are to show the effect, for sizes.")
    per_day: float | None = Field(
        None, gt=0, le=1e9, description="Units that can enter a test each day; null: no days."
    )
    simulated_units: int = Field(20_000, ge=500, le=200_000, description="Visits of the simulated test of the models.")
    epsilon: float = Field(
        0.1, gt=0, lt=1, description="Share of lists that the exploring arm of the simulated test fills at random."
    )
    rate: Share = Field(
        0.05,
        description="Share of visits that end with a take today; the simulated customers take bestsellers so often.",
    )
