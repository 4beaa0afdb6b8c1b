"""The sections of an evaluation's report; they only say what its folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.metrics import CalibrationCurve
from casestudies.report import Block, Figure, Heading, Section, Table, Text, charts
from casestudies.workflow.evaluate import INCUMBENT
from casestudies.workflow.evaluated.closing import limits, reproduce, rows
from casestudies.workflow.evaluated.findings import Evaluated
from casestudies.workflow.evaluated.summary import in_lines, summary
from casestudies.workflow.evaluated.words import SHARES, figure_name, ranged
from casestudies.workflow.sections.words import MODELS, money, number, percent, span

__all__ = ["in_lines", "sections"]

_MOST = 8  # figures of a model in the table beside its baselines


def sections(f: Evaluated) -> tuple[Section, ...]:
    """Summary, performance, calibration, money, the new rows, limits, how to reproduce; without what a study has not."""
    parts = (summary(f), performance(f), calibration(f), cost(f), rows(f), limits(f), reproduce(f))
    return tuple(part for part in parts if part is not None)


def performance(f: Evaluated) -> Section:
    """The frozen model then and now, and beside what needs no model."""
    blocks: list[Block] = []
    drawn = [c for c in f.evaluation["changes"] if _on_one_axis(c["metric"]) and c["now"]["value"] is not None]
    if drawn:
        blocks.append(_then_now_figure(f, drawn))
    if len(f.metrics["models"]) > 1:
        blocks += [Heading("Beside other decisions on the same rows"), Text(_beside_said(f))]
    blocks.append(_beside(f))
    if f.evaluation.get("incumbent"):
        blocks.append(Text(f.evaluation["incumbent"]))
    return Section("performance", "Performance", tuple(blocks))


def _on_one_axis(metric: str) -> bool:
    return metric in SHARES or "_at_" in metric


def _then_now_figure(f: Evaluated, drawn: list[Mapping[str, Any]]) -> Figure:
    names = [figure_name(change["metric"], f) for change in drawn]
    series = {
        title: tuple(
            np.array([np.nan if change[side][end] is None else change[side][end] for change in drawn])
            for end in ("value", "low", "high")
        )
        for title, side in (("at the run", "then"), ("now", "now"))
    }
    return charts.grouped_dots(
        names,
        series,  # type: ignore[arg-type]
        title=f"Value with its {f.level} interval",
        caption="Then and now: where the two whiskers are far apart, the model does something else on the new rows",
    )


def _beside_said(f: Evaluated) -> str:
    text = "All of these decided on the same new rows, so they compare like with like."
    return text if INCUMBENT not in f.metrics["models"] else f"{text} Today's decision is the one that the file holds."


def _beside(f: Evaluated) -> Table:
    names = list(f.metrics["models"])
    chosen = [m for m in _columns(f) if any(f.figure(name, m)["value"] is not None for name in names)][:_MOST]
    head = ("Decision", *(figure_name(metric, f) for metric in chosen))
    body = tuple(
        (pretty(f, name), *(ranged(metric, f.figure(name, metric), f) for metric in chosen))
        for name in sorted(names, key=lambda name: name != f.champion)
    )
    return Table(
        f"The frozen model beside others, with {f.level} intervals", head, body, (False, *[True] * len(chosen))
    )


def _columns(f: Evaluated) -> list[str]:
    if "patient_auc" in f.metrics["models"][f.champion]:
        return [f"patient_{name}" for name in ("auc", "sensitivity", "specificity", "savings")]
    compared = [change["metric"] for change in f.evaluation["changes"]]
    first = [m for m in ("expected_cost", "savings", "auc", "sensitivity", "specificity") if m in compared]
    return first or compared


def pretty(f: Evaluated, model: str) -> str:
    """A model's or a decision's name for a reader."""
    words = f.study.words
    own = {
        INCUMBENT: "Today's decision",
        f"{words.rest}_all": f"{words.rest.capitalize()} all",
        f"{words.act}_all": f"{words.act.capitalize()} all",
    }
    return {**MODELS, **own}.get(model, model.replace("_", " ").capitalize())


def calibration(f: Evaluated) -> Section | None:
    """Whether a probability still means what it says, and what a new calibration would save."""
    found = f.evaluation.get("calibration")
    if found is None:
        return None
    curves = {
        title: CalibrationCurve(*(np.asarray(found[side]["curve"][key]) for key in _CURVE))
        for title, side in (("at the run", "then"), ("now", "now"))
    }
    caption = "Stated against observed, then and now: points on the diagonal mean what they say"
    body = tuple(
        (name, right, *(f"{number(found[side][key]['value'])} ({span(found[side][key])})" for side in ("then", "now")))
        for name, key, right in (("Slope", "slope", "1"), ("Level (log-odds)", "level", "0"))
    )
    text = "Slope below 1: probabilities are too extreme; above 1: too timid. Level above 0: there are more events than stated; below 0: fewer."
    blocks: list[Block] = [
        Text(text),
        Table(
            f"The calibration line, with {f.level} intervals",
            ("", "Right", "At the run", "Now"),
            body,
            (False, *[True] * 3),
        ),
        charts.calibration_beside(curves, caption=caption),
        Heading("What a new calibration would save"),
        Text(_renewal(f)),
    ]
    return Section("calibration", "Calibration", tuple(blocks))


_CURVE = ("predicted", "observed", "low", "high", "rows")


def _renewal(f: Evaluated) -> str:
    anew = f.evaluation["renewal"]
    if anew is None:
        return f"That cannot be told: {f.evaluation['renewal_note']}."
    how = (
        "The log-odds are shifted and stretched and the rule is fitted anew on four fifths of the new rows, and judged on the rest, in "
        "turn. "
    )
    gain = (
        f"Log loss changes by {_exact(-anew['log_loss']['value'])} ({_minus(anew['log_loss'])}); the share acted on by "
    )
    gain += f"{100 * (anew['acted'][1] - anew['acted'][0]):+.1f} points, to {percent(anew['acted'][1])}."
    if anew["saved"] is None:
        return how + gain
    saved, share = anew["saved"], anew["share"]
    told = f"{money(saved['value'], f.unit)} each ({span(saved, 2)}), {percent(share['value'])} of the cost"
    shown = "saves" if (saved["low"] or 0) > 0 else "does not provably save anything:"
    return f"{how}That {shown} {told}. {gain}"


def _minus(entry: Mapping[str, Any]) -> str:
    return "no interval" if entry["low"] is None else f"{_exact(-entry['high'])} to {_exact(-entry['low'])}"


def _exact(value: float) -> str:
    return f"{round(value, 4) + 0.0:+.4f}"


def cost(f: Evaluated) -> Section | None:
    """The decision that was frozen, and how promised and delivered are compared."""
    if f.evaluation.get("money") is None:
        return None
    blocks: list[Block] = [
        Text(f.evaluation["decision"]),
        Text(
            "Delivered minus stated is paired: both are of the same rows, one by the outcome and one by the probability, so its interval is "
            "the narrower. Delivered minus judged is of two samples: the run was judged on other rows, and either could have been luckier."
        ),
    ]
    cells = f.evaluation["judged"].get("confusion") if "judged" in f.evaluation else None
    if cells is not None and "cost" in cells:
        words = f.study.words
        names = {
            "tp": f"{words.acted}, {words.event_adjective}",
            "fp": f"{words.acted}, not {words.event_adjective}",
            "fn": f"{words.rested}, {words.event_adjective}",
            "tn": f"{words.rested}, not {words.event_adjective}",
        }
        body = tuple(
            (name.capitalize(), f"{cells['rows'][key]:,.0f}", money(cells["cost"][key])) for key, name in names.items()
        )
        blocks.append(
            Table(f"What became of the decisions ({f.unit})", ("", "Rows", "Cost"), body, (False, True, True))
        )
    return Section("cost", "Money", tuple(blocks))
