"""The regularisation path: how strong the penalty has to be, and what it leaves standing."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.models.recipes import PENALTIES
from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import pretty

_COLUMNS, _STRENGTHS = 12, 9  # rows of the two tables


def regularisation_blocks(f: Findings) -> tuple[Block, ...]:
    """One figure for the candidate with the longest path; two tables for a kind of penalty that can leave columns out."""
    told = f.analysis.get("regularisation")
    if not told:
        return ()
    candidate = max(told, key=lambda name: len(next(iter(told[name].values()))["C"]))
    paths = told[candidate]
    kind, path = next(iter(paths.items()))
    blocks: list[Block] = [
        Heading("How strong the penalty has to be"),
        Text(
            f"{pretty(f, candidate)} was fitted at {len(path['C'])} strengths of each penalty, on all rows of the first training "
            f"part and without each fold, in one solve. {PENALTIES[kind]} has the least cross-validated log loss "
            f"({path['loss'][path['best']]:.5f}, at C = {path['C'][path['best']]:.3g}). The strongest penalty within one "
            f"standard error of it is C = {path['C'][path['one_se']]:.3g}; it keeps {path['kept'][path['one_se']]} of "
            f"{path['columns']} columns, the best one {path['kept'][path['best']]}."
        ),
        _figure(paths),
    ]
    sparse = next((name for name in paths if name != "l2"), None)
    if sparse is not None:
        blocks += [_strengths(sparse, paths[sparse]), _columns(f, sparse, paths[sparse])]
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
        caption="Cross-validated log loss along the path, with one standard error: the shaded stretch is as good as the best",
    )


def _strengths(kind: str, path: dict[str, Any]) -> Table:
    """How many columns each strength keeps."""
    places = np.unique(np.linspace(0, len(path["C"]) - 1, _STRENGTHS).astype(int))
    places = np.union1d(places, [path["best"], path["one_se"]])
    marks = {path["one_se"]: "one standard error", path["best"]: "least loss"}
    rows = tuple(
        (
            f"{path['C'][i]:.3g}",
            f"{path['loss'][i]:.5f}",
            f"{path['error'][i]:.5f}",
            str(path["kept"][i]),
            marks.get(i, ""),
        )
        for i in places
    )
    return Table(
        f"The {PENALTIES[kind]} path: how many columns each strength keeps",
        ("C", "Log loss", "Standard error", "Columns", ""),
        rows,
        (True, True, True, True, False),
    )


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
    head = ("Column", "In from C =", "Size at one standard error", "Size at the least loss", "Among the first on half the rows")
    caption = f"The {PENALTIES[kind]} path by column, the largest first (coefficients of standardised columns)"
    return Table(caption, head, tuple(rows), (False, True, True, True, True))


def _frequencies(f: Findings) -> dict[str, float]:
    """{column: share of the half-samples in which the L1 path has it among its first}; empty where nobody asked."""
    told = f.analysis.get("selection", {}).get("selection")
    return {} if told is None else dict(zip(told["names"], told["frequency"]["l1"], strict=True))
