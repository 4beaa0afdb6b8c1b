"""The settings of how recommenders are judged: on which rows, on how long a list, among which items."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Judging(Section):
    """Which rows judge the models, and what counts as a good list."""

    split: Literal["auto", "time", "last", "random", "given"] = basic(
        "auto",
        description="Which rows judge the models; time: one date for all, the later rows judge; last: each user's last row; random: rows at random; "
        "given: a column says train or test; auto: time, else last, else random.",
    )
    column: str | None = Field(None, description="Column with the values train and test, for split: given.")
    test: float = Field(0.1, gt=0, lt=0.9, description="Share of rows that judge, for splits by time and at random.")
    valid: float = Field(
        0.1, gt=0, lt=0.9, description="Share of the other rows that settings and the champion are chosen on."
    )
    k: int = basic(10, ge=1, le=1000, description="Items in a list.")
    liked: float | None = Field(
        None, description="Rating from which an item counts as a good one; null: every item that was chosen does."
    )
    repeats: bool = Field(
        False, description="Whether items that a user has had already may be shown and judged again, as in a food shop."
    )
    most: int = Field(
        20_000, ge=100, le=10_000_000, description="Customers whose lists are judged; of more, so many are drawn."
    )
    negatives: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Rank only so many random items beside the good ones, as some papers do; null: all items. Sampled "
        "figures can put models in another order.",
    )
