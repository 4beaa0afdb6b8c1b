"""The regularisation path: how strong the penalty has to be, and what it leaves standing."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.models.recipes import PENALTIES
from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import pretty

_COLUMNS = 12  # rows of the table


def regularisation_blocks(f: Findings) -> tuple[Block, ...]:
    """One figure for the candidate with the longest path, a table of its penalties, and one of columns where some can go."""
    told = f.analysis.get("regularisation")
    if not told:
        return ()
    candidate = max(told, key=lambda name: len(next(iter(told[name].values()))["C"]))
    paths = told[candidate]
    kind, path = next(iter(paths.items()))
    best, one_se = path["best"], path["one_se"]
    text = (
        f"A penalty keeps {pretty(f, candidate)} from fitting chance. Too strong, it loses what is there; too weak, it adds "
        f"what is not. Of {len(path['C'])} strengths, {PENALTIES[kind]} at C = {path['C'][best]:.3g} predicts best. "
    )
    if path["C"][one_se] < path["C"][best]:
        text += (
            f"Down to C = {path['C'][one_se]:.3g} nothing is lost that can be told from chance; there "
            f"{path['kept'][one_se]} of {path['columns']} columns are left."
        )
    else:
        text += "Every stronger penalty does measurably worse."
    blocks: list[Block] = [
        Heading("How strong the penalty has to be", further=True),
        Text(text),
        _figure(paths),
        _penalties(paths),
    ]
    sparse = next((name for name in paths if name != "l2"), None)
    if sparse is not None:
        blocks.append(_columns(f, sparse, paths[sparse]))
    return tuple(blocks)


def _figure(paths: dict[str, Any]) -> Figure:
    lines = {}
    for kind, path in paths.items():
        C, loss, error = (np.array(path[key]) for key in ("C", "loss", "error"))
        lines[PENALTIES[kind]] = (C, loss, loss - error, loss + error)
    first = next(iter(paths.values()))
    best, one_se = first["C"][first["best"]], first["C"][first["one_se"]]
    return charts.regularisation_path(
        lines,
        chosen=best,
        flat=(one_se, best) if one_se < best else None,
        x_title="C, the inverse strength of the penalty: weaker to the right",
        caption="Lower is better. Left of the shaded stretch the penalty is too strong; within it every strength does as well as the "
        "best; bands are one standard error",
    )


def _penalties(paths: dict[str, Any]) -> Table:
    """For each kind of penalty the best strength, and the strongest that is as good within one standard error."""
    rows = []
    for kind, path in paths.items():
        for mark, at in (("least loss", path["best"]), ("one standard error", path["one_se"])):
            loss = f"{path['loss'][at]:.4f} ± {path['error'][at]:.4f}"
            rows.append(
                (PENALTIES[kind], mark, f"{path['C'][at]:.3g}", loss, f"{path['kept'][at]} of {path['columns']}")
            )
    head = ("Penalty", "Chosen by", "C", "Cross-validated log loss", "Columns kept")
    caption = "The best strength of each penalty, and the strongest that does as well within one standard error"
    return Table(caption, head, tuple(rows), (False, False, True, True, True))


def _columns(f: Findings, kind: str, path: dict[str, Any]) -> Table:
    """When each column comes in, how large it becomes, and how often it is chosen on half the rows."""
    frequency = _frequencies(f)
    rows = []
    for name, sizes in list(path["sizes"].items())[:_COLUMNS]:
        first = next((C for C, size in zip(path["C"], sizes, strict=True) if size), None)
        often = frequency.get(name)
        rows.append(
            (
                name,
                "never" if first is None else f"{first:.3g}",
                f"{sizes[path['one_se']]:.3g}",
                f"{sizes[path['best']]:.3g}",
                "" if often is None else f"{100 * often:.0f} %",
            )
        )
    head = ("Column", "Enters at C", "Size, one standard error", "Size, least loss", "Chosen on half the rows")
    caption = f"Which columns {PENALTIES[kind]} keeps: the strength at which each enters, and its coefficient (standardised), the largest first"
    return Table(caption, head, tuple(rows), (False, True, True, True, True))


def _frequencies(f: Findings) -> dict[str, float]:
    """{column: share of the half-samples in which the L1 path has it among its first}; empty where nobody asked."""
    told = f.analysis.get("selection", {}).get("selection")
    return {} if told is None else dict(zip(told["names"], told["frequency"]["l1"], strict=True))
