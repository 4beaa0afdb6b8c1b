"""The judged customers of a run, so that another run can be laid beside it."""

from __future__ import annotations

from typing import Any

from casestudies.metrics.ranking import ranking_metric
from casestudies.recommendation.findings import Findings
from casestudies.workflow.judgements import Meaning, Rated


def judgements(told: Any) -> Rated | None:
    """Each judged customer with the figures of their list by the champion; None of a folder that holds no lists."""
    if not isinstance(told, Findings):
        return None
    users, champion = told.predictions, told.champion
    values = {
        str(column).removesuffix(f":{champion}"): users[column].to_numpy(dtype=float)
        for column in users
        if str(column).endswith(f":{champion}")
    }
    known = {name: ranking_metric(name) for name in values}
    return Rated(
        source=str(told.profile["source"]["sha256"]),
        places=users["user"].to_numpy(),
        names=users["user"].to_numpy(),
        outcome=users["relevant"].to_numpy(),
        group=None,
        what="customers",
        values=values,
        meanings={name: Meaning(one.title, one.unit, one.higher_is_better) for name, one in known.items()},
    )
