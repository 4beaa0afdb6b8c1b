"""The settings of the head: what reads the network's features and the patient's history."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic

Ridge = Annotated[float, Field(ge=1e-8, le=1e6, allow_inf_nan=False)]  # less would not tell repeated columns apart


class Heading(Section):
    """The last layer, fitted exactly on cached features."""

    reads: Literal["auto", "image", "both"] = basic(
        "auto",
        description="What the head reads; image: its features; both: the history too; auto: whichever has the lower validation "
        "log loss.",
    )
    hidden: int = Field(0, ge=0, le=256, description="Hidden units; 0: a linear head, which can be certified.")
    ridges: list[Ridge] = Field(
        [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0],
        min_length=1,
        max_length=50,
        description="Ridges (L2 per row) to choose from on validation patients.",
    )
    copies: int = Field(
        0, ge=0, le=20, description="Varied copies of each training image whose features are rows beside it."
    )
