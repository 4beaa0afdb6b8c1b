"""The learning curve of the last layer, in the study's own words."""

from __future__ import annotations

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import level_of
from casestudies.workflow.sections.learning import Printed, Reading


def curve(f: Findings) -> Reading:
    """How `learning_blocks` is to say it."""
    whose = "patients" if f.evaluation["patients_known"] else "images with their twins"
    return Reading(
        "images",
        "images",
        "the last layer",
        level_of(f),
        {
            "log_loss": Printed("log loss", "Log loss", 4),
            "cost": Printed("cost per image", "Cost per image", 3, f.unit),
        },
        f"This is the curve of the last layer alone: whole {whose} were left out of its fit, but the features are those of networks that "
        "learnt from all of them. No network is trained again, so the curve cannot say what more images would do for the "
        "features, which may be more.",
    )
