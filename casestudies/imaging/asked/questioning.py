"""The settings of the further questions: robustness, groups, explanations."""

from __future__ import annotations

from pydantic import Field

from casestudies.workflow.settings import Section


class Robustness(Section):
    """How much worse it gets on worse images."""

    images: int = Field(
        200, ge=20, le=100_000, description="Test images that are corrupted; of more, so many are drawn."
    )


class Grouping(Section):
    """When a group is too small, and when a difference is flagged."""

    few: int = Field(20, ge=2, description="Groups with fewer diseased images: too few to say.")
    level: float = Field(0.01, gt=0, lt=0.5, description="Level of the tests that flag a shortcut.")
    site: str | None = Field(
        None,
        description="Column that says where an image was made; null: one of that name (site, centre, hospital, scanner).",
    )
    retrain: bool = Field(True, description="Whether a network is trained without each site, to judge it there.")


class Explaining(Section):
    """How explanations are made and tested."""

    images: int = Field(30, ge=4, le=2000, description="Test images whose explanations are scored.")
    samples: int = Field(200, ge=50, le=20_000, description="Perturbed copies of an image that LIME looks at.")
    steps: int = Field(48, ge=4, le=1000, description="Steps of integrated gradients.")
