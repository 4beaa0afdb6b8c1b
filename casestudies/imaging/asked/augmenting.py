"""The settings of how training images are varied."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Augmenting(Section):
    """What may happen to a training image without changing what it shows."""

    orientation: Literal["any", "mirrored", "upright"] = basic(
        "mirrored",
        description="Which way up the films may be; any: quarter turns and flips (patches, skin); mirrored: left and right may change (chest, breast); upright: neither.",
    )
    shift: float = Field(0.05, ge=0, le=0.5, description="Greatest shift, as a share of the side.")
    corruptions: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Share of training images that get noise, dead pixels, blur or a burnt-in label; 0: none.",
    )
