"""How the network does at a place whose images it has never seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import ends, known, level_of
from casestudies.report import Block, Figure, Table, Text, charts

_KINDS = {"seen": "seen", "not seen": "unseen"}


def sites_blocks(f: Findings) -> tuple[Block, ...]:
    """What was done, a figure, the figures with and without each site, the verdict."""
    told = f.analysis.get("sites")
    if not told:
        return ()
    judged = [one for one in told["sites"] if one["figures"]]
    figure = [_figure(judged)] if judged else []
    return (Text(_how(f)), *figure, _table(f, told), Text(_verdict(f, told, judged)))


def _how(f: Findings) -> str:
    return (
        "A network of the same recipe and seed is trained without each place in turn, calibrated and cut on validation patients of "
        "the other places, and judged on the place’s own test patients; beside it stands the first network of the run, which has "
        "seen the place. That is what to expect where nothing was learnt from, and what the cut is worth there. Fewer images to "
        "learn from are part of the difference."
    )


def _figure(judged: list[Mapping[str, Any]]) -> Figure:
    rows = [(f"{one['site']}, {words}", one["figures"][key]["auc"]) for one in judged for words, key in _KINDS.items()]
    values = [np.array([entry[end] for _, entry in rows], dtype=float) for end in ("value", "low", "high")]
    return charts.dot_whisker(
        [name for name, _ in rows],
        *values,
        title="AUC of images",
        caption="AUC on each place’s test images by a network that has seen the place and by one that has not",
    )


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = []
    for one in told["sites"]:
        place = (one["site"], f"{one['images']:,} ({one['diseased']:,} diseased)", f"{one['trained_on']:,}")
        if not one["figures"]:
            rows.append((*place, "too few to say", "", "", ""))
            continue
        unseen, gap = one["figures"]["unseen"], one["differences"]
        rows.append(
            (
                *place,
                ends(unseen["auc"]),
                _signed(gap["auc"]),
                ends(unseen["expected_cost"]),
                _signed(gap["expected_cost"]),
            )
        )
    caption = (
        f"Networks that have not seen the {told['column']}, with {level_of(f)} intervals; cost per image in {f.unit} at the cut; "
        "differences from the network that has seen it"
    )
    head = (told["column"].capitalize(), "Judged images", "Trained on", "AUC", "Difference", "Cost", "Difference")
    return Table(caption, head, tuple(rows), (False, True, True, False, False, False, False))


def _signed(gap: Mapping[str, Any]) -> str:
    if not known(gap["low"]):
        return "n/a"
    return f"{gap['value']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f})"


def _verdict(f: Findings, told: Mapping[str, Any], judged: list[Mapping[str, Any]]) -> str:
    if not judged:
        return f"No {told['column']} has {told['few']} diseased and {told['few']} healthy images in every part: too few to say."
    worse = [one for one in judged if known(one["differences"]["auc"]["low"]) and one["differences"]["auc"]["high"] < 0]
    dearer = [
        one
        for one in judged
        if known(one["differences"]["expected_cost"]["low"]) and one["differences"]["expected_cost"]["low"] > 0
    ]
    said = []
    if worse:
        said.append(f"ranking is worse at {_named(worse)} when it was not seen")
    if dearer:
        said.append(f"the cut that was chosen elsewhere costs more at {_named(dearer)}")
    if not said:
        return "Beyond these intervals no place does worse for not having been seen. Places that differ more than these may."
    words = ", and ".join(said)
    return f"{words[0].upper()}{words[1:]}: at a new place, set the probabilities and the cut on patients of its own."


def _named(sites: list[Mapping[str, Any]]) -> str:
    return ", ".join(str(one["site"]) for one in sites)
