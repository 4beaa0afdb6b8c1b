"""The judged images of a run, so that another run can be laid beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.imaging.figures import costs_of
from casestudies.imaging.films import UNKNOWN
from casestudies.imaging.findings import Findings
from casestudies.workflow.judgements import Scored


def judgements(told: Any) -> Scored | None:
    """The test images whose label is known, with what the champion said; None of a folder that judged no images."""
    if not isinstance(told, Findings):
        return None
    rows = told.predictions
    rows = rows[(rows["part"] == "test") & (rows["label"] != UNKNOWN)]
    decide, words = told.settings.decide, told.study.words
    return Scored(
        source=str(told.profile["source"]["sha256"]),
        places=rows["name"].to_numpy(),
        names=rows["name"].to_numpy(),
        outcome=rows["label"].to_numpy(dtype=float),
        group=rows["patient"].to_numpy(),
        prices=f"a miss {decide.miss:g}, a false alarm {decide.alarm:g} {told.unit}",
        what=words.rows,
        row=words.row,
        unit=told.unit,
        p=rows["probability"].to_numpy(dtype=float),
        act=rows["act"].to_numpy(dtype=bool),
        weight=np.ones(len(rows)),
        costs=costs_of(decide, len(rows)),
    )
