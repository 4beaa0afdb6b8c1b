"""The figures by group, and whether a group is used as a shortcut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import ends, level_of
from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts

_HEAD = ("Group", "Patients", "Images", "Diseased", "AUC", "Sensitivity", "Specificity", "Calibration error")
_FIGURES = ("auc", "sensitivity", "specificity", "ece")
_WORDS = {"auc": "AUC", "sensitivity": "sensitivity", "specificity": "specificity", "ece": "calibration error"}
_DRAWN = 16  # groups in the figure


def groups_blocks(f: Findings) -> tuple[Block, ...]:
    """A figure, a table for each column with what differs, and the test for a shortcut."""
    told = f.analysis.get("groups")
    if not told:
        return ()
    blocks: list[Block] = [Text(_how(f)), *([_figure(f)] if _known(told) else [])]
    for column in told["columns"]:
        blocks += [Heading(f"By {column['name']}"), _table(f, column), Text(_differ(f, column)), _shortcut(f, column)]
    return tuple(blocks)


def _how(f: Findings) -> str:
    told = f.analysis["groups"]
    return (
        f"Single test images by group, at the one cut for all. Groups with fewer than {told['few']} diseased or healthy images: too "
        "few to say. A difference is a question to be asked, not yet an answer: among many groups some differ by chance. A group "
        "can be a shortcut where the disease is commoner there among the training patients; it is used where judged patients of "
        f"the same class score higher there, too. Both are tested by permuting patients, at {100 * told['level']:g} %."
    )


def _known(told: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (f"{column['name']}: {row['group']}", row["figures"]["auc"])
        for column in told["columns"]
        for row in column["groups"]
        if row["figures"]
    ]


def _figure(f: Findings) -> Figure:
    rows = _known(f.analysis["groups"])[:_DRAWN]
    values = [np.array([one[key] for _, one in rows], dtype=float) for key in ("value", "low", "high")]
    return charts.dot_whisker(
        [name for name, _ in rows],
        *values,
        title="AUC of images",
        reference=f.figure(f.champion, "auc")["value"],
        caption=f"How well images are ranked within each group, with {level_of(f)} intervals; dashed is the AUC of all test images",
    )


def _table(f: Findings, column: Mapping[str, Any]) -> Table:
    rows = []
    for row in column["groups"]:
        said = ("too few to say", "", "", "")
        if row["figures"]:
            said = tuple(ends(row["figures"][name], 2) for name in _FIGURES)  # type: ignore[assignment]
        rows.append((row["group"], f"{row['patients']:,}", f"{row['images']:,}", f"{row['diseased']:,}", *said))
    flags = (False, True, True, True, False, False, False, False)
    return Table(f"Test images by {column['name']}, with {level_of(f)} intervals", _HEAD, tuple(rows), flags)


def _differ(f: Findings, column: Mapping[str, Any]) -> str:
    """Which figures of which groups differ from those of all."""
    told, compared = [], 0
    for row in column["groups"]:
        if not row["figures"]:
            continue
        for name in _FIGURES:
            gap = row["differences"][name]
            compared += 1
            if gap["low"] is not None and (gap["low"] > 0 or gap["high"] < 0):
                told.append(
                    f"{_WORDS[name]} of {row['group']} by {gap['value']:+.2f} ({gap['low']:+.2f} to {gap['high']:+.2f})"
                )
    if not compared:
        return "No group is large enough to be compared."
    if not told:
        return f"None of {compared} figures differs from that of all test images beyond its {level_of(f)} interval."
    chance = compared * (1 - f.settings.interval.level)
    return (
        f"Of {compared} figures, {len(told)} {'differs' if len(told) == 1 else 'differ'} from that of all test images beyond the "
        f"{level_of(f)} interval (about {chance:.1f} would by chance): {'; '.join(told)}."
    )


def _shortcut(f: Findings, column: Mapping[str, Any]) -> Block:
    told, level, name = column["shortcut"], f.analysis["groups"]["level"], column["name"]
    if told is None:
        return Text(f"There is one group only, so {name} cannot be a shortcut.")
    learnt, leans = f"p = {told['learnable']:.4f}", f"p = {told['leans']:.4f}"
    if column["history"]:
        return Text(f"{_upper(name)} is history, known to go with the disease: it is not tested as a shortcut.")
    if told["used"]:
        return Note(
            f"Shortcut in use: among the training patients the disease goes with {name} ({learnt}), and judged patients of the same "
            f"class score higher where it was commoner ({leans}). Part of the figures above is {name} and not the image: judge "
            f"within one {name}, or train on patients in which the two do not go together.",
            "warning",
        )
    if told["flagged"]:
        return Note(
            f"Shortcut at hand: among the training patients the disease goes with {name} ({learnt}), so a model can tell it from "
            f"{name} instead of from the image. That the score does so is not seen on the judged patients ({leans}), who are few for "
            f"such a test: trust the figures within one {name} more than those of all.",
            "warning",
        )
    text = (
        f"No shortcut through {name} is seen: among the training patients the disease does not go with it ({learnt})."
    )
    if told["depends"] <= level:
        text += (
            f" Still, scores of the same class differ between its groups (p = {told['depends']:.4f}): images may be harder to read, "
            "or made otherwise, in one of them."
        )
    return Text(text)


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]
