"""What accuracy costs: how much of the catalogue is shown, how known, how alike, and how near to popularity it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

FIGURES = (
    "catalogue_coverage",
    "exposure_gini",
    "novelty",
    "diversity",
    "popularity_lift",
    "popularity_overlap",
)


def coverage_told(work: Work) -> dict[str, Any]:
    """analysis/coverage.json: the figures beyond accuracy beside it, for every model."""
    judged = work.judged
    metric = judged.told["metric"]
    return {
        "metric": metric,
        "champion": judged.told["against"],
        "users": judged.told["users"],
        "items": judged.told["items"],
        "k": judged.told["k"],
        "likeness": judged.told["likeness"],
        "models": {
            model: {name: figures[name] for name in (metric, *FIGURES) if name in figures}
            for model, figures in judged.metrics.items()
        },
    }
