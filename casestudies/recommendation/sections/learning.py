"""The learning curve of the lists, in the study's own words."""

from __future__ import annotations

from casestudies.metrics.ranking import ranking_metric
from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import pretty
from casestudies.workflow.sections.learning import Printed, Reading


def curve(f: Findings) -> Reading:
    """How `learning_blocks` is to say it."""
    name = f"ndcg_at_{f.k}"
    title = ranking_metric(name).title
    return Reading(
        "choices",
        "customers",
        pretty(f.champion),
        f"{100 * f.settings.interval.level:g} %",
        {name: Printed(title, title, 4), "rmse": Printed("RMSE of the ratings", "RMSE", 4)},
        "Shares are of single choices, drawn at random from all that is known and within each other, so that with a tenth of them "
        "everybody's history is a tenth as long. A guess is the list of what is popular. New features of items and customers help most "
        "those of whom little is known.",
    )
