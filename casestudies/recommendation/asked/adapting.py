"""The settings of the question whether adapting to feedback helps."""

from __future__ import annotations

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Adapting(Section):
    """The latest interactions one after the other: each is predicted, then learnt from, in four ways."""

    share: float = Field(0.2, gt=0, lt=0.9, description="Share of the interactions, the latest, that come as a stream.")
    refits: int = basic(4, ge=1, le=50, description="How often the model is fitted again while the stream passes.")
    moves: int = Field(20, ge=1, le=1_000, description="How often the rows of items move with what came.")
    events: int = Field(
        2_000,
        ge=100,
        le=100_000,
        description="Interactions of the stream that are predicted; more are drawn from evenly.",
    )
    refit_cost: float = Field(0.0, ge=0, le=1e12, description="Cost of one refit, in the currency of the margins.")
    value_per_hit: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="What an item taken from the list is worth, to say when a refit pays; null: not said.",
    )
