"""Groups of customers in words: who they are, what is at stake, and what the list earns there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text
from casestudies.report.charts import dot_whisker
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent

_MEASURED: Mapping[str, str] = {"value": "value", "risk": "risk", "tenure_months": "months with us"}
_DRAWN = 12  # groups in the figure


def segments_blocks(f: Findings) -> tuple[Block, ...]:
    """A sentence on where the money is, the figure of what each group earns, and the table."""
    told = f.analysis.get("segments")
    if told is None:
        return ()
    heading = Heading("Who the customers are, and where the list earns", further=True)
    if not told["groups"]:
        return (heading, Text(_refused(told)))
    blocks: list[Block] = [heading, Text(f"{_how(told)} {_first(f, told)}".strip())]
    if all(one["earned"] is not None for one in told["groups"]):
        blocks.append(_figure(f, told))
    blocks.append(_table(f, told))
    return tuple(blocks)


def _refused(told: Mapping[str, Any]) -> str:
    tried = ", ".join(f"{count}: {number(value, 2)}" for count, value in told["agreement"].items())
    return (
        "No groups are shown: k-means finds other ones on other draws of the same customers (agreement, adjusted Rand index, by "
        f"number of groups {tried}; {told['needed']:g} is needed). Groups that do not come again must not be named; take other "
        "columns, or segments.method: bands."
    )


def _how(told: Mapping[str, Any]) -> str:
    by = _listed([_label(name) for name in told["columns"]])
    if told["method"] == "bands":
        return (
            f"{told['rows']:,} judged customers in groups by {by}: high is the top fifth of customers, low the bottom fifth, and "
            "what is not named is in between."
        )
    count = len(told["steady"])
    return (
        f"k-means puts {told['rows']:,} judged customers into {count} groups by {by}; fitted again on other draws of them it finds "
        f"the same ones (adjusted Rand index {number(told['agreement'][str(count)], 2)}, {told['needed']:g} is needed)."
    )


def _first(f: Findings, told: Mapping[str, Any]) -> str:
    """Where most is at risk, and where the list surely earns or loses."""
    groups, text = told["groups"], ""
    stakes = sum(one["at_risk"] or 0.0 for one in groups)
    if stakes > 0:
        top = max(groups, key=lambda one: one["at_risk"])
        text = (
            f"Most is at risk with “{top['name']}”: {percent(top['at_risk'] / stakes, 0)} of the value at risk, with "
            f"{percent(top['share'], 0)} of the customers. "
        )
    told_apart = [one for one in groups if one["earned"] is not None and one["earned"]["low"] is not None]
    losing = [f"“{one['name']}”" for one in told_apart if one["earned"]["high"] < 0]
    earning = [f"“{one['name']}”" for one in told_apart if one["earned"]["low"] > 0]
    if earning:
        text += f"The list surely earns with {_listed(earning[:4])}. "
    elif told_apart:
        text += "With no group it is certain that the list earns. "
    if losing:
        text += f"It loses money with {_listed(losing[:4])}."
    return text.strip()


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    groups = told["groups"][:_DRAWN]
    return dot_whisker(
        [one["name"] for one in groups],
        *(
            np.array([np.nan if one["earned"][end] is None else one["earned"][end] for one in groups])
            for end in ("value", "low", "high")
        ),
        title=f"Earned by the list ({f.unit})",
        reference=0.0,
        caption=f"What contacting by the list earned in each group, against contacting nobody, with {level_of(f)} intervals; groups "
        "with the most value at risk first",
    )


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    in_money = any(one["at_risk"] is not None for one in told["groups"])
    rows = []
    for one in told["groups"]:
        name = one["name"] + (f" (also {', '.join(one['also'])})" if one["also"] else "")
        left = one["left"]
        cells = [name, f"{one['rows']:,}", f"{percent(left['value'])} ({_bare(left['low'])} to {_bare(left['high'])})"]
        cells.append(percent(one["contacted"], 0))
        if in_money:
            cells.append(money(one["at_risk"]))
        if one["earned"] is not None:
            earned = one["earned"]
            cells.append(f"{money(earned['value'])} ({money(earned['low'])} to {money(earned['high'])})")
        rows.append(tuple(cells))
    money_heads = ["Value at risk"] if in_money else []
    money_heads += ["Earned by the list"] if told["groups"][0]["earned"] is not None else []
    head = ("Who", "Customers", "Leave", "Contacted", *money_heads)
    caption = (
        f"Groups of judged customers{f', in {f.unit}' if in_money else ''}; value at risk is the chance of leaving times the value, "
        f"earned is against contacting nobody; {level_of(f)} intervals in brackets"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))


def _bare(value: float | None) -> str:
    return number(None if value is None else 100 * value, 1)


def _label(name: str) -> str:
    return _MEASURED.get(name, name.replace("_", " "))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
