"""The campaign: whom to contact for how much, what that is expected to bring, and what it would have brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.churn.sections.orders import orders_blocks
from casestudies.report import Block, Figure, Heading, Metric, Metrics, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent


def campaign_blocks(f: Findings) -> tuple[Block, ...]:
    """For the first page: one sentence, the money, and what each budget can buy."""
    told = f.analysis.get("campaign")
    if told is None:
        return ()
    first = (Heading("Whom to contact"), Text(headline(f, told)))
    return (*first, _metrics(f, told), _frontier(f, told)) if told["list"]["contacts"] else first


def campaign_details(f: Findings) -> tuple[Block, ...]:
    """What the list rests on: the probabilities, other orders, offers, break-even, control group, whom it leaves alone."""
    told = f.analysis.get("campaign")
    if told is None:
        return ()
    blocks: list[Block] = [Text(_alone(told))] if told.get("alone") else []
    if told["list"]["contacts"]:
        blocks += [*orders_blocks(f, told), Text(_break_even(told)), Text(_control(f, told))]
    blocks += _held(f, told)
    if told["list"]["contacts"] and told["metrics"] is not None:
        blocks.append(_ranking(f, told["metrics"]))
    return (Heading("The contact list, looked at closely"), *blocks) if blocks else ()


def headline(f: Findings, told: Mapping[str, Any]) -> str:
    """ "Contact 197 customers for 9,992 EUR: expected gain 39,010 EUR (...), at most 39,038 EUR possible"."""
    one, came = told["list"], told["came"]
    within = _limit(f, told)
    if not one["contacts"]:
        return f"Contact nobody: on the {told['rows']:,} judged customers no offer is expected to bring more than it costs{within}."
    return (
        f"Contact {one['contacts']:,.0f} customers for {money(one['spend'], f.unit)}: expected gain "
        f"{money(one['expected'], f.unit)}, at most {money(told['best']['bound'], f.unit)} possible{within}{_set_aside(f, told)}. With the outcomes as they came it "
        f"would have been {money(came['value'], f.unit)} ({level_of(f)} interval {money(came['low'])} to {money(came['high'])}{_with_values(f, came)}), "
        + (
            "as the past randomised campaign shows it. "
            if told["measured"]
            else "counting each customer who left as kept with the assumed probability. "
        )
        + f"The list, of the {told['rows']:,} judged customers, is lists/contacts.csv in the run folder."
    )


def _with_values(f: Findings, came: Mapping[str, float]) -> str:
    """The interval with the uncertainty of the customers' values, which widens it as it widens that of the decisions."""
    profit = (f.analysis.get("value") or {}).get("profit")
    if not profit or not profit["both"]:
        return ""
    rows, both = (profit[name]["high"] - profit[name]["low"] for name in ("rows", "both"))
    times = both / rows if rows > 0 else 1.0
    if times < 1.01:  # nothing that would be seen in the figures
        return ""
    low, high = (came["value"] + times * (came[end] - came["value"]) for end in ("low", "high"))
    return f", about {money(low)} to {money(high)} with the uncertainty of the customers’ values"


def _set_aside(f: Findings, told: Mapping[str, Any]) -> str:
    cost = told["control"]["cost"]
    return f"; its control group costs {money(cost, f.unit)} of that" if cost else ""


def _alone(told: Mapping[str, Any]) -> str:
    """What of the list was learnt from the past campaign."""
    text = (
        "Probabilities on the list are those of leaving if left alone, learnt from the customers whom the past campaign left "
        "alone: the model’s own are too low wherever contact helped, since it has learnt from the contacted too."
    )
    if told["measured"]:
        return (
            f"{text} What contacting changes is not assumed either: it is what that campaign showed, customer by customer; of all "
            f"who would leave it keeps {percent(told['accept'])}."
        )
    return f"{text} How many take each offer is assumed: that campaign tried one offer, and the list has several."


def _limit(f: Findings, told: Mapping[str, Any]) -> str:
    if told["budget"] is not None:
        return f" within the budget of {money(told['budget'], f.unit)}"
    return "" if told["most"] is None else f" with {told['most']:,} contacts"


def _metrics(f: Findings, told: Mapping[str, Any]) -> Metrics:
    one, came = told["list"], told["came"]
    return Metrics(
        (
            Metric(
                "Expected gain",
                money(one["expected"], f.unit),
                f"at most {money(told['best']['bound'], f.unit)}",
                f"{one['contacts']:,.0f} customers contacted, {money(one['spend'], f.unit)} spent",
            ),
            Metric(
                "Gain as it came",
                money(came["value"], f.unit),
                f"{money(came['low'])} to {money(came['high'])}",
                f"{level_of(f)} interval; of the same list, with the outcomes of the judged customers",
            ),
            Metric(
                "Short of the best possible",
                money(told["best"]["gap"], f.unit),
                "",
                "before a control group is set aside; no list within the limits can be expected to gain more than this beyond "
                "it (linear programme)",
            ),
        )
    )


def _frontier(f: Findings, told: Mapping[str, Any]) -> Figure:
    one, curve = told["list"], {key: np.asarray(values, dtype=float) for key, values in told["frontier"].items()}
    return charts.frontier(
        {
            "expected at most": (curve["spend"], curve["gain"]),
            "as it came": (curve["tried"], curve["came"]),
            "by p × value, as it came": (curve["tried"], curve["by_stake"]),
        },
        chosen=(one["spend"], one["expected"]),
        words=(f"{one['contacts']:,.0f} contacts", f"{money(one['expected'], f.unit)} expected"),
        currency=f.unit,
        caption="What each budget can buy. The diamond is this list; what it falls short of the upper line is "
        + ("its control group" if told["control"]["customers"] else "less than one customer")
        + f". At the margin one more {f.unit} {_margin(told['best'])}",
    )


def _margin(one: Mapping[str, Any]) -> str:
    return f"would bring {one['price']:,.2f}" if one["price"] > 0 else "would bring nothing more"


def _break_even(told: Mapping[str, Any]) -> str:
    even = told["break_even"]
    needed, half, double = even["needed"]
    text = (
        f"Break-even: the list pays from an acceptance of {percent(needed)} on, among those who would leave; "
        f"{percent(even['assumed'])} is {'measured' if told['measured'] else 'assumed'}. With the outcomes as they came it would have needed {percent(even['came'])}. At half "
        f"the offer’s cost it would be {percent(half)}, at twice {percent(double)}."
    )
    if even["assumed"] is not None and needed > 0.7 * even["assumed"]:
        text += " That is close: an acceptance a third lower would turn the campaign into a loss, so test it on few customers first."
    return text


def _control(f: Findings, told: Mapping[str, Any]) -> str:
    """How large the control group is, how it is drawn and why."""
    one = told["control"]
    why = "Without customers left alone by chance nobody can say afterwards what the contact did"
    if not one["customers"]:
        return f"No control group is set aside. {why}: set campaign.control before the campaign is sent."
    text = (
        f"{one['customers']:,} of the {one['listed']:,} customers on the list are its control group: marked in it, and not "
        f"contacted. {why}. They are drawn by the seed and the customer’s name, so the same customer is in or out in whatever "
        f"order the file comes, before the money is shared out, so that all of it goes to those who are contacted. It costs "
        f"{money(one['cost'], f.unit)} of expected gain. "
    )
    expected = f"{number(100 * one['effect'], 1)} points are expected"
    if one["shown"] is None:
        return (
            text
            + f"So small a group can show no effect ({expected}): take a larger share, or read several campaigns together."
        )
    text += (
        f"If {percent(one['rate'])} leave when left alone, it shows a difference of {number(100 * one['shown'], 1)} points or more "
        f"in four of five campaigns (95 % interval); {expected}"
    )
    if one["shown"] <= one["effect"] * (1 + 1e-9):
        return text + "."
    return text + ": read several campaigns together, or raise campaign.control."


def _held(f: Findings, told: Mapping[str, Any]) -> list[Block]:
    """Whom the list leaves alone, and what that costs; nothing where it leaves nobody alone."""
    names = {"do_not_disturb": "asked not to be contacted", "capped": "had all contacts of the period"}
    said = []
    for name, words in names.items():
        one = told["held"][name]
        if one["customers"]:
            cost = f", which costs {money(one['gain'], f.unit)} of expected gain" if one["listed"] else ""
            said.append(f"{one['customers']:,.0f} customers {words}; {one['listed']:,.0f} would be on the list{cost}.")
    return [Text("Left alone on purpose: " + " ".join(said))] if said else []


def _ranking(f: Findings, metrics: Mapping[str, Any]) -> Table:
    """What the probabilities are worth to a campaign at mean prices, as the literature measures it."""
    rows = [
        (f"EMPC ({f.unit} per customer)", *_figure(metrics["empc"], 2)),
        (f"MPC ({f.unit} per customer)", *_figure(metrics["mpc"], 2)),
        ("Lift of the top decile (times)", *_figure(metrics["lift_top_decile"], 2)),
    ]
    return Table(
        "The ranking alone, at mean value, offer and contact cost: the profit per customer of the best cut, over likely "
        f"acceptances (EMPC) and at {percent(metrics['accept'])} (MPC, which contacts {percent(metrics['contacted'])}); with "
        f"{level_of(f)} intervals",
        ("", "Value", "Interval"),
        tuple(rows),
        (False, True, True),
    )


def _figure(entry: Mapping[str, float], digits: int) -> tuple[str, str]:
    return number(entry["value"], digits), f"{number(entry['low'], digits)} to {number(entry['high'], digits)}"
