"""The last campaign read back: promised against earned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Note, Table, Text
from casestudies.report.charts import promise
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent


def lastcampaign_blocks(f: Findings) -> tuple[Block, ...]:
    """What it kept, what it earned, what it had promised, and whether the promise was right where it was largest."""
    told = f.analysis.get("lastcampaign")
    if told is None:
        return ()
    heading = Heading("The last campaign, read back", further=True)
    if "skipped" in told:
        return (heading, Text(f"The last campaign cannot be read back: {told['skipped']}."))
    blocks: list[Block] = [heading, Text(f"{_kept(f, told)} {_earned(f, told)}")]
    if told["random"] is False:
        blocks.append(
            Note(
                "The customers who were left alone differ from the contacted by more than chance explains; the difference is "
                "counted here as if the campaign had made it.",
                "warning",
            )
        )
    if told["bands"]:
        if told["promise"] is not None:
            blocks.append(_figure(f, told))
        blocks.append(_table(f, told))
    return tuple(blocks)


def _kept(f: Findings, told: Mapping[str, Any]) -> str:
    """What the control group says of those who stayed."""
    whole = told["all"]
    kept, contacted = whole["kept"], told["contacted"]
    count = 0.01 * whole["contacted_weight"]
    text = (
        f"{contacted:,} customers were contacted and {told['rows'] - contacted:,} left alone on purpose. "
        f"{percent(1 - whole['contacted']['value'])} of the contacted stayed, but so did {percent(1 - whole['control']['value'])} of "
        f"the control group: contacting kept {_points(kept['value'])} of 100 ({level_of(f)} interval {_points(kept['low'])} to "
        f"{_points(kept['high'])})"
    )
    if kept["low"] is not None and kept["low"] > 0:
        return text + f", {number(100 * count * kept['value'], 0)} customers in all."
    return text + ", which cannot be told from chance."


def _earned(f: Findings, told: Mapping[str, Any]) -> str:
    whole = told["all"]
    earned, promised, gap = whole["earned"], whole["promised"], whole["gap"]
    verb = "earned" if earned["value"] is None or earned["value"] >= 0 else "lost"
    text = (
        f"After what was spent it {verb} {money(earned['value'] if verb == 'earned' else -earned['value'], f.unit)} per contacted "
        f"customer ({level_of(f)} interval of what it earned {money(earned['low'])} to {money(earned['high'])})"
    )
    if promised is None:
        return text + "."
    text += f"; it had promised {money(promised['value'], f.unit)}. "
    if gap["low"] is None or gap["low"] <= 0 <= gap["high"]:
        return text + "The two cannot be told apart."
    return text + (
        f"It promised {money(gap['value'], f.unit)} too much ({money(gap['low'])} to {money(gap['high'])})."
        if gap["value"] > 0
        else f"It earned {money(-gap['value'], f.unit)} more than it promised ({money(-gap['high'])} to {money(-gap['low'])})."
    )


def _names(told: Mapping[str, Any]) -> list[str]:
    count = len(told["bands"])
    what = "promise" if told["promise"] is not None else "score"
    ends = {0: f"1 (largest {what})", count - 1: f"{count} (smallest)"}
    return [ends.get(place, str(place + 1)) for place in range(count)]


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    bands = told["bands"]
    return promise(
        _names(told),
        _ends(bands, "promised", "value"),
        *(_ends(bands, "earned", end) for end in ("value", "low", "high")),
        title=f"Per contacted customer ({f.unit})",
        caption=f"Promised against earned, customers in groups by the size of the promise, with {level_of(f)} intervals: where the "
        "diamonds lie right of the intervals, the list promised too much",
    )


def _ends(bands: list[Mapping[str, Any]], figure: str, end: str) -> np.ndarray:
    return np.array([np.nan if one[figure][end] is None else one[figure][end] for one in bands])


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    promised = told["promise"] is not None
    rows = []
    for name, one in zip((*_names(told), "all"), (*told["bands"], told["all"]), strict=True):
        cells = [name, f"{one['contacted_rows']:,}", f"{one['rows'] - one['contacted_rows']:,}"]
        cells.append(
            f"{_points(one['kept']['value'])} ({_points(one['kept']['low'])} to {_points(one['kept']['high'])})"
        )
        cells += [money(one["promised"]["value"])] if promised else []
        cells.append(
            f"{money(one['earned']['value'])} ({money(one['earned']['low'])} to {money(one['earned']['high'])})"
        )
        rows.append(tuple(cells))
    head = ("Customers", "Contacted", "Left alone", "Kept of 100", *(["Promised"] if promised else []), "Earned")
    caption = (
        f"Per contacted customer, in {f.unit}, against the customers left alone; {level_of(f)} intervals in brackets"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _points(value: float | None) -> str:
    return number(None if value is None else 100 * value, 1)
