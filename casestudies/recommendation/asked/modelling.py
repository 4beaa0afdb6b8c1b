"""The settings of the recommenders that are compared."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic

Candidate = Literal["popularity", "bias", "ease", "factorisation", "implicit"]


class Model(Section):
    """Which recommenders are compared, and how the factorisations learn; null is a default by the size of the data."""

    candidates: list[Candidate] = basic(
        ["popularity", "bias", "ease", "factorisation", "implicit"],
        min_length=1,
        description="Recommenders that are compared; popularity | bias (level of user and item) | ease (items beside items) | factorisation (of the "
        "ratings) | implicit (factorisation of what was chosen, whatever the rating).",
    )
    factors: int | None = Field(None, ge=1, le=1024, description="Numbers in the vector of each user and item.")
    epochs: int | None = Field(None, ge=1, le=1000, description="Passes of Adam over the ratings.")
    rate: float | None = Field(None, gt=0, le=1, description="Learning rate of Adam at its highest.")
    ridge: float | None = Field(
        None, gt=0, le=1e6, description="L2 penalty for a rating of a user or item with as many as the mean one."
    )
    histories: Literal["none", "users", "items", "both"] = Field(
        "both",
        description="Add to a user's vector what the user has rated, to an item's who rated it (SVD++): more accurate "
        "ratings, for some four times the time of the fit.",
    )
    snapshots: int | None = Field(
        None,
        ge=2,
        le=64,
        description="Average the ratings over so many cycles of a cyclic rate: more accurate, at that many times the time of "
        "the fit; null: one fit.",
    )
    timed: bool | Literal["auto"] = Field(
        False,
        description="Take off ratings how items' levels and customers' mildness move with time; auto: where that clearly lowers "
        "the error of ratings set aside.",
    )
    features: list[str] = Field(
        [], description="Columns of the tables of items and users that new ones are known by, e.g. [category, price]."
    )
    half_life: Annotated[float, Field(gt=0, le=1e6)] | Literal["auto"] | None = basic(
        "auto",
        description="After how many later interactions of a customer one counts half, where tastes change; auto: chosen on the "
        "validation rows, off where it does not help; null: all count the same.",
    )
    ease_ridge: float = Field(200.0, gt=0, le=1e9, description="L2 penalty of EASE.")
