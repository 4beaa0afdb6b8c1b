"""What a model can be taught, and what candidates taught so are called; no more than names, for whoever prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Train = Literal["log", "clv", "weighted", "cost", "focal"]
LOSSES: Mapping[Train, str] = {
    "log": "log loss",
    "clv": "log loss, events weighed by what they lose",
    "weighted": "log loss, rows weighed by what is at stake",
    "cost": "expected cost",
    "focal": "focal loss",
}
BRIEF: Mapping[Train, str] = {  # where there is little room: "LightGBM by value"
    "log": "log loss",
    "clv": "by value",
    "weighted": "by stake",
    "cost": "by cost",
    "focal": "by focal loss",
}
DECIDING: tuple[Train, ...] = ("weighted", "cost")  # whose score says whether to act, and not how likely the event is
TILTED: tuple[Train, ...] = ("clv", "focal")  # whose score speaks of the event, and is a probability when calibrated
PRICED: tuple[Train, ...] = ("clv", "weighted", "cost")  # that read the costs


def decides(train: Train) -> bool:
    """Whether a score taught so says by itself whether to act, and not how likely the event is."""
    return train in DECIDING


def tilted(train: Train) -> bool:
    """Whether a score taught so is no probability before it has been calibrated."""
    return train in (*TILTED, *DECIDING)


def named(kind: str, train: Train) -> str:
    """The name of a candidate: "lightgbm" is taught log loss, "lightgbm_cost" expected cost."""
    return kind if train == "log" else f"{kind}_{train}"


def by_name(name: str) -> tuple[str, Train]:
    """The kind of model and the loss that a candidate's name says; a name without a loss is taught log loss."""
    for train in LOSSES:
        if train != "log" and name.endswith(f"_{train}"):
            return name.removesuffix(f"_{train}"), train
    return name, "log"
