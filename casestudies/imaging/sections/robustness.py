"""How much worse it gets on worse films: a sentence, a picture, and a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.report import Block, Figure, Note, Table, Text, charts
from casestudies.workflow.sections.words import money, number, percent, span

if TYPE_CHECKING:
    from casestudies.imaging.findings import Findings

_MIDDLE, _WORST = 2, 4  # places of severity 3 and 5
_SMALL = 0.01  # of the AUC: less is told as costing nothing
_SHOWN = (0, _MIDDLE, _WORST)
_OFTEN = 0.5  # share of flagged films from which the check is said to see a corruption


def robustness_blocks(f: Findings) -> tuple[Block, ...]:
    """() where it was not asked."""
    told: Mapping[str, Any] | None = f.analysis.get("robustness")
    if told is None:
        return ()
    level = f"{100 * f.settings.interval.level:g} %"
    order = sorted(told["corruptions"], key=lambda one: (one["severities"][_MIDDLE]["auc"], one["name"]))
    return (
        Text(_protocol(told)),
        Text(_verdict(told, level, f.unit)),
        _figure(told, order),
        Text(_by_kind(told, order)),
        _table(told, order, f.unit),
        Note(
            "These are imitations of single faults. They tell what the model cannot bear; they do not stand for another clinic's films, which "
            "differ in many ways at once."
        ),
    )


def _protocol(told: Mapping[str, Any]) -> str:
    seen = (
        "Faults of these kinds were shown to the networks in training, but for those marked ‘never trained on’."
        if told["augmented"]
        else "The networks were trained without any of these faults (augment.corruptions: 0)."
    )
    return (
        f"{told['images']:,} test films of {told['patients']:,} patients, {told['diseased']:,} of them diseased, were made worse in "
        f"{len(told['corruptions'])} ways, each at five severities, from hardly seen to a film that ought to be taken again. The model and its cut "
        f"stayed as they were. {seen}"
    )


def _verdict(told: Mapping[str, Any], level: str, unit: str) -> str:
    clean = told["clean"]
    middle, worst = (told["severities"][place]["all"] for place in (_MIDDLE, _WORST))
    sentences = [
        f"The AUC is {number(clean['auc']['value'])} on the films as they are ({level} interval {span(clean['auc'])}), "
        f"{number(middle['auc'])} on average at severity 3, {number(middle['drop']['value'])} lower ({span(middle['drop'])}), and {number(worst['auc'])} "
        f"at severity 5.",
        f"At the cut an image costs {money(clean['cost'], unit)} as it is, {money(middle['cost'], unit)} at severity 3 and {money(worst['cost'], unit)} at 5.",
    ]
    if told["augmented"]:
        parts = told["severities"][_MIDDLE]
        sentences.append(
            f"At severity 3 the faults that were trained on take {number(parts['trained']['drop']['value'])} off the AUC, those that were not "
            f"{number(parts['kept_back']['drop']['value'])}."
        )
    return " ".join(sentences)


def _figure(told: Mapping[str, Any], order: list[Mapping[str, Any]]) -> Figure:
    trained = np.array([one["trained"] and told["augmented"] for one in order])
    kinds = {"trained on": trained, "never trained on": ~trained}
    return charts.severities(
        [one["name"] for one in order],
        np.array([[each["auc"] for each in one["severities"]] for one in order]),
        {name: rows for name, rows in kinds.items() if rows.any()},
        clean=told["clean"]["auc"]["value"],
        chance=0.5,
        words=("as they are", "chance"),
        title="AUC",
        caption="Five severities of each fault, the largest dot the worst; the longer the line, the less the model bears it",
    )


def _by_kind(told: Mapping[str, Any], order: list[Mapping[str, Any]]) -> str:
    """What costs nothing, what costs most, and whether the quality check sees it."""
    free = [one["name"] for one in order if one["severities"][_WORST]["drop"]["value"] < _SMALL]
    sentences = []
    if free:
        sentences.append(
            f"Even at severity 5, {_listed(free)} cost{'s' if len(free) == 1 else ''} less than {_SMALL:g} of the AUC."
        )
    harmful = [one for one in order if one["severities"][_MIDDLE]["drop"]["value"] >= _SMALL]
    if harmful:
        worst = harmful[0]["severities"][_MIDDLE]
        sentences.append(
            f"Most is lost to ‘{harmful[0]['name']}’: {number(worst['drop']['value'])} at severity 3{_share(worst['lost'])}."
        )
    seen = {one["name"]: one["severities"][_MIDDLE]["flagged"] for one in harmful}
    if harmful and None not in seen.values():
        missed = [f"‘{name}’" for name, share in seen.items() if share < _OFTEN]
        sentences.append(
            f"Of the films with a fault that costs {_SMALL:g} or more, the quality check flags {percent(float(np.mean(list(seen.values()))), 0)} at severity "
            f"3, and {percent(told['clean']['flagged'])} of the films as they are"
            + (f"; it mostly misses {_listed(missed)}." if missed else ".")
        )
    return " ".join(sentences)


def _share(lost: float | None) -> str:
    if lost is None:
        return ""
    return f", {percent(lost, 0) if lost < 1 else 'all'} of what it has above chance"


def _table(told: Mapping[str, Any], order: list[Mapping[str, Any]], unit: str) -> Table:
    rows = []
    for one in order:
        middle = one["severities"][_MIDDLE]
        levels = " / ".join(f"{one['levels'][place]:g}" for place in _SHOWN)
        rows.append(
            (
                one["name"],
                f"{levels} {one['unit']}",
                *(number(one["severities"][place]["auc"]) for place in _SHOWN),
                f"{number(middle['drop']['value'])} ({span(middle['drop'])})",
                percent(None if middle["lost"] is None else min(middle["lost"], 1), 0),
                money(middle["cost"]),
                percent(middle["flagged"], 0),
            )
        )
    head = ("Fault", "Severity 1 / 3 / 5", "AUC at 1", "at 3", "at 5", "Drop at 3", "Lost", f"Cost ({unit})", "Flagged")
    flags = (False, False, *(True,) * 7)
    return Table("Faults, from the worst; lost: of the AUC above chance, at severity 3", head, tuple(rows), flags)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
