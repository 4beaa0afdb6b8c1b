"""The settings of the lists that customers get: how long, of which items, in which order, with how many reasons."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Ranking(Section):
    """What a list holds, and how it is written."""

    k: int = basic(10, ge=1, le=1000, description="Items in the list of a customer.")
    exclude_seen: Literal["all", "days", "none"] = basic(
        "all",
        description="What a customer has had is left out; all of it, that of the last `days` days (for what is used up and "
        "bought again), or none of it.",
    )
    days: float = Field(30.0, gt=0, le=36_500, description="Days back from the newest row, for exclude_seen: days.")
    where: str | None = basic(
        None,
        max_length=1000,
        description="What may be shown; a formula over the table of items, e.g. category != 'gift card' and price < 100.",
    )
    in_stock: bool = Field(
        True, description="Show only what the column stock has more than 0 of, where items have such a column."
    )
    kind: str | None = Field(
        None, description="Column of the table of items of whose values few may stand in one list."
    )
    most: int = Field(2, ge=1, le=1000, description="Items of one kind in one list, where kind is given.")
    least: float | None = Field(
        None, description="Score below which the model's choice gives way to popular items; null: none does."
    )
    margin: str | None = basic(
        None,
        max_length=1000,
        description="What a sale of an item earns; a column or formula over the table of items; null: its column margin, "
        "else price, where there is one.",
    )
    keep_takes: float = basic(
        1.0,
        ge=0,
        le=1,
        description="Share of the expected takes that lists must keep while they are ranked by margin; 1: by likelihood alone.",
    )
    currency: str | None = basic(
        None, max_length=12, description="Unit of margins and prices; null prints 'money units'."
    )
    reasons: int = Field(2, ge=0, le=20, description="Reasons named for each recommendation; 0 writes none.")
    form: Literal["long", "wide"] = Field(
        "long", description="A row for each recommendation, or one wide row for each customer (for a mailing tool)."
    )
    new_days: float = Field(
        30.0, gt=0, le=36_500, description="An item counts as new for so many days before the newest row."
    )
