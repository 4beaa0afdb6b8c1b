"""The settings of what is asked of the images before anything is learnt, and of how they are divided."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Auditing(Section):
    """What counts as a twin, and what becomes of leaks."""

    twins: float = Field(0.97, gt=0.5, le=1, description="Correlation of thumbnails from which two images are twins.")
    conflicts: Literal["leave out", "keep"] = Field(
        "leave out", description="Twins with different labels: left out of training, or kept."
    )
    allow_leak: bool = Field(
        False, description="Judge although patients or twins lie on both sides; every page of the report then says so."
    )
    unread: float = Field(0.05, ge=0, le=1, description="Share of unreadable files beyond which the run stops.")


class Splitting(Section):
    """Which images judge; patients and twins stay together."""

    kind: Literal["auto", "given", "patients"] = basic(
        "auto",
        description="Where the parts come from; given: the file's own; patients: drawn; auto: the file's own where it has them.",
    )
    test: float = Field(0.3, gt=0, lt=0.9, description="Share of patients that judge.")
    validation: float = Field(
        0.25, gt=0, lt=0.9, description="Share of the others that settings, calibration and the cut are chosen on."
    )
