"""Which columns the outcome needs, chosen in four ways, and each checked by two explanations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.models.ranking import METHODS
from casestudies.models.selection import STEADY, SURE
from casestudies.report import Block, Heading, Note, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import number, percent


def selection_blocks(f: Findings) -> tuple[Block, ...]:
    """For the end of the section on what the model looks at."""
    told: Mapping[str, Any] = f.analysis.get("selection", {})
    if not told:
        return ()
    if "skipped" in told:
        return (Heading("Which columns are needed", further=True), Text(told["skipped"]))
    chosen = told["selection"]
    halves = chosen["halves"]
    blocks: list[Block] = [
        Heading("Which columns are needed", further=True),
        Text(
            f"Four methods ranked the columns on complementary halves of {chosen['rows']:,} rows ({halves['l1']} halves for "
            f"the L1 path, {halves['rfe']} for the others); counted is who is among the first {chosen['asked']}. The saved "
            "model is not changed by it."
        ),
        Text(" ".join(chosen["sentences"])),
        charts.selection(
            chosen["names"],
            {METHODS[method]: np.array(shares) for method, shares in chosen["frequency"].items()},
            steady=STEADY,
            caption=f"Columns by the share of halves in which they were among the first {chosen['asked']}: dots that "
            f"part show methods that disagree, the dashed line is {percent(STEADY, 0)}",
        ),
    ]
    if any(chosen["stability"].values()):
        blocks += [_steadiness(chosen), Text(_chance(chosen))]
    blocks.append(_worth(told))
    doubts = [f"{check['name']}: {doubt}" for check in told["checks"] for doubt in check["doubts"]]
    if doubts:
        blocks.append(Note("; ".join(doubts) + ".", "warning"))
    return tuple(blocks)


def _steadiness(chosen: Mapping[str, Any]) -> Table:
    """How alike the halves chose, and how alike the methods."""
    methods = list(chosen["frequency"])
    rows = []
    for method in methods:
        index = chosen["stability"][method]
        interval = "n/a" if index is None else f"{number(index['low'], 2)} to {number(index['high'], 2)}"
        shared = [number(_overlap(chosen, method, other), 2) if other != method else "–" for other in methods]
        rows.append((METHODS[method], number(index and index["value"], 2), interval, *shared))
    return Table(
        "Stability of each method from half to half, and its overlap with the others (1 the same columns, 0 chance)",
        ("Method", "Stability", "Interval", *(METHODS[method] for method in methods)),
        tuple(rows),
        (False, *[True] * (2 + len(methods))),
    )


def _overlap(chosen: Mapping[str, Any], one: str, other: str) -> float | None:
    agreement = chosen["agreement"]
    return agreement.get(f"{one}+{other}", agreement.get(f"{other}+{one}"))


def _chance(chosen: Mapping[str, Any]) -> str:
    steady = [n for n, share in zip(chosen["names"], chosen["frequency"]["l1"], strict=True) if share >= SURE]
    if not steady:
        return f"No column is among the L1 path's first {chosen['asked']} in {percent(SURE, 0)} of the halves."
    verdict = f"at most {chosen['chance']:.1f} of them are there by chance, in expectation"
    if chosen["chance"] >= len(steady):
        verdict = f"the bound on how many are there by chance ({chosen['chance']:.1f}) is too loose to tell"
    return (
        f"{len(steady)} columns are among the L1 path's first {chosen['asked']} in {percent(SURE, 0)} of the halves or "
        f"more: {', '.join(steady)}; {verdict} (Shah and Samworth 2013)."
    )


def _worth(told: Mapping[str, Any]) -> Table:
    """What each selected column is worth, and what SHAP and LIME make of it."""
    chosen, rows = told["selection"], []
    for check in told["checks"]:
        knocked = chosen["knocked"][check["name"]]
        rows.append(
            (
                check["name"],
                percent(chosen["mean_frequency"][check["name"]], 0),
                f"{number(knocked['loss'], 4)} ± {number(knocked['error'], 4)}",
                number(knocked["auc"], 4),
                f"{check['shap_rank']}",
                "n/a" if check["lime_rank"] is None else f"{check['lime_rank']}",
                f"{check['same']} of {check['compared']}" if check["compared"] else "n/a",
            )
        )
    head = ("Column", "Chosen", "Rise of log loss", "Fall of AUC", "SHAP rank", "LIME rank", "Same direction")
    caption = (
        "Selected columns: share of halves (mean of the methods), what the linear model loses out of fold without each "
        f"(± one standard error), and its place in the saved model by SHAP ({told['rows']:,} rows) and LIME "
        f"({told['cases']} cases)"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * 6))
