"""What customers are worth: where the figure comes from, whether it came true, how it spreads, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.churn.sections.contracts import contract_blocks
from casestudies.report import Block, Heading, Metric, Metrics, Note, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent

Told = Mapping[str, Any]
_CORRELATED = 0.3  # of frequency and amount, from where the gamma-gamma model misleads


def value_blocks(f: Findings) -> tuple[Block, ...]:
    """For the section on the money of the decision; nothing where the run has no values."""
    told: Told | None = f.analysis.get("value")
    if told is None:
        return ()
    blocks: list[Block] = [Heading("What a customer is worth", further=True), Text(_way(f, told)), _headline(f, told)]
    if "purchases" in told:
        blocks += _purchases(f, told)
    if "contract" in told:
        blocks += contract_blocks(told["contract"])
    blocks += [Text(_spread(f, told)), Text(_sure(f, told))]
    if told["notes"]:
        blocks.append(Note(" ".join(told["notes"]), "warning" if told.get("contract", {}).get("too_old") else "note"))
    return tuple(blocks)


def _headline(f: Findings, told: Told) -> Metrics:
    spread = told["spread"]
    items = [
        Metric("Mean value", money(spread["mean"], f.unit)),
        Metric("Half are worth more than", money(spread["quantiles"]["0.5"], f.unit)),
    ]
    held = told["facts"].get("holdout")
    if held is not None:
        came, said = held["totals"]
        items.append(Metric("Purchases, check", f"{came:,.0f}", comment=f"predicted: {said:,.0f}, {_off(came, said)}"))
    return Metrics(tuple(items))


def _way(f: Findings, told: Told) -> str:
    """Where the value comes from, in words."""
    value: Any = f.settings.value  # type: ignore[attr-defined]
    span = f"{value.horizon:g} {value.period}{'s' if value.horizon != 1 else ''}"
    if told["way"] == "given":
        return (
            f"The value of a customer is taken as given: cost.clv = {told['formula']}. Nothing is estimated here, so the figures "
            "below are as sure as that column or formula is; value.way estimates it from margins, contracts or purchases."
        )
    if told["way"] == "margin":
        return (
            f"The value of a customer is the margin of {span}, {value.margin}, the same number of periods for all. Whoever would "
            "leave soon anyway is valued too high, and the loyal too low."
        )
    interest = f"money a year later counts {percent(1 - 1 / (1 + value.discount), 0)} less"
    if told["way"] == "contractual":
        coming = value.period if value.window == 1 else f"{value.window} {value.period}s"
        return (
            f"The value of a customer who stays now is the margin ({value.margin}) of the next {span}: the coming "
            f"{coming} for certain, the later ones by the chance to be there still, which depends on tenure; {interest}."
        )
    facts = told["facts"]
    alive = (
        "of a customer who still is one, because the model’s own probability of leaving is counted once, in the decision"
        if value.alive
        else "times the chance that the customer still is one"
    )
    share = "" if value.share == 1 else f", {percent(value.share, 0)} of which is margin"
    return (
        f"The value of a customer is what it is expected to buy in the next {span}{share}, {alive}; {interest}. It is learnt from "
        f"{facts['purchases']:,} purchases of {facts['buyers']:,} customers since {facts['since']}: how often each buys and for "
        f"how much. A row knows nothing that was bought on its date or later."
    )


def _off(came: float, said: float) -> str:
    if came <= 0:
        return "nothing came"
    return f"{percent(abs(said / came - 1), 0)} too {'many' if said > came else 'few'}"


def _purchases(f: Findings, told: Told) -> list[Block]:
    facts, model = told["facts"], told["purchases"]
    blocks: list[Block] = [_parameters(model)]
    held = facts.get("holdout")
    if held is None:
        blocks.append(
            Text(
                "The time is too short to keep a part of it back, so whether the model’s purchases come is not checked."
            )
        )
    else:
        came, said = held["totals"]
        blocks += [
            Text(
                f"Do the purchases come? The same model was fitted on purchases up to {held['split']} alone and asked for those up to "
                f"{held['until']}. Of customers who had begun by then {came:,.0f} came and {said:,.0f} were predicted, "
                f"{_off(came, said)}."
            ),
            charts.tracking(
                np.array(held["weeks"]),
                np.array(held["seen"]),
                np.array(held["told"]),
                at=held["at"],
                words="fitted up to here",
                x_title="Weeks since the first purchase of all",
                y_title="Repeat purchases so far",
                caption="Repeat purchases week by week: left of the line the model has seen them, right of it the two lines part "
                "by what it gets wrong",
            ),
            _classes(held),
        ]
    said_of = f"Frequency and mean amount of those who bought again have a correlation of {model['correlation']:+.2f}"
    if abs(model["correlation"]) >= _CORRELATED:
        side = "more" if model["correlation"] > 0 else "less"
        blocks.append(
            Note(
                f"{said_of}: who buys often spends {side} each time. The model of amounts takes the two for unrelated, so values of "
                f"frequent buyers are too {'low' if side == 'more' else 'high'}.",
                "warning",
            )
        )
    else:
        blocks.append(Text(f"{said_of}; the model of amounts takes them for unrelated, which is near enough."))
    unclear = [*model["buying"]["unclear"], *model["spending"]["unclear"]]
    if unclear:
        blocks.append(
            Text(
                f"The purchases say next to nothing of {', '.join(unclear)} one by one; values rest on what these say together, which "
                "is clear enough where the intervals below are narrow."
            )
        )
    return blocks


def _parameters(model: Told) -> Table:
    what = {
        "r": "how alike customers are in how often they buy (larger: more alike)",
        "alpha": "weeks; r / alpha purchases a week is the mean rate",
        "a": "a / (a + b) is the mean chance to leave after a purchase",
        "b": "the same",
        "p": "how steady the amounts of one customer are (larger: steadier)",
        "q": "how alike customers are in what they spend (larger: more alike)",
        "v": "p v / (q - 1) is the mean amount",
    }
    rows = [
        (name, number(value, 4), number(part["errors"][name], 4), what[name])
        for part in (model["buying"], model["spending"])
        for name, value in part["parameters"].items()
    ]
    customers = f"{model['buying']['customers']:,.0f} customers, amounts of {model['spending']['customers']:,.0f}"
    return Table(
        f"Parameters of purchases (BG/NBD) and amounts (gamma-gamma), from {customers}",
        ("Parameter", "Value", "Standard error", "Meaning"),
        tuple(rows),
        (False, True, True, False),
    )


def _classes(held: Told) -> Table:
    last = len(held["classes"]) - 1
    rows = [
        (
            f"{kind:.0f}{' or more' if place == last and kind >= 7 else ''}",
            f"{customers:,.0f}",
            number(came, 2),
            number(said, 2),
        )
        for place, (kind, customers, came, said) in enumerate(
            zip(held["classes"], held["customers"], held["actual"], held["predicted"], strict=True)
        )
    ]
    return Table(
        f"Purchases of a customer after {held['split']}, by repeat purchases until then",
        ("Repeat purchases until then", "Customers", "Came, mean", "Predicted, mean"),
        tuple(rows),
        (True, True, True, True),
    )


def _spread(f: Findings, told: Told) -> str:
    quantiles, top = told["spread"]["quantiles"], told["spread"]["top_tenth"]
    text = (
        f"On {told['rows']:,} judged customers the value goes from {money(quantiles['0.0'])} to {money(quantiles['1.0'], f.unit)}; the "
        f"middle half lies between {money(quantiles['0.25'])} and {money(quantiles['0.75'], f.unit)}."
    )
    if top is not None:
        text += f" The most valuable tenth holds {percent(top, 0)} of all value, so a list by probability alone misses much of it."
    alive = told.get("purchases", {}).get("alive")
    if alive is not None:
        text += f" By their purchases alone, {percent(alive, 0)} of them are still customers."
    return text


def _sure(f: Findings, told: Told) -> str:
    """What the uncertainty of the values does to one customer, to the list and to the profit."""
    profit = told["profit"]
    text = ""
    own = told.get("own")
    if own is not None:
        width = own["half_width"]
        text = (
            f"How sure is that? The parameters are estimates. For half of the customers this alone moves the value by up to "
            f"± {percent(width['0.5'], 0)}, for nine in ten by up to ± {percent(width['0.9'], 0)} ({level_of(f)} intervals); what a "
            "single customer then does scatters far more. "
        )
    if profit is None:
        return text + "No costs are given, so nothing follows for a profit."
    text += (
        f"Contacting the {profit['acted']:,.0f} chosen customers would have brought {money(profit['value'], f.unit)}; "
    )
    rows = f"{money(profit['rows']['low'])} to {money(profit['rows']['high'])} by the chance of which customers were judged"
    if profit["values"] is None:
        return text + f"{level_of(f)} interval {rows}. How wrong the values may be is not in it."
    values, both = profit["values"], profit["both"]
    text += (
        f"the {level_of(f)} interval is {rows}, {money(values['low'])} to {money(values['high'])} by the values’ "
        f"uncertainty alone, and {money(both['low'])} to {money(both['high'], f.unit)} by both."
    )
    if profit["kept"] is not None:
        text += f" With other parameters that the data allow, {percent(profit['kept'], 0)} of the list would be the same in the mean."
    return text
