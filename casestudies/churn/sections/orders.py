"""What the order of a list is worth, and which offer goes to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, percent

_ORDERS: Mapping[str, str] = {
    "ratio": "Gain per unit spent (the list)",
    "p": "Probability of leaving",
    "gain": "Expected gain",
    "p_value": "Probability × value",
}


def orders_blocks(f: Findings, told: Mapping[str, Any]) -> tuple[Block, ...]:
    """The same money in other orders; with several offers, what each does on the list."""
    blocks = (Text(_order(f, told)), _orders(f, told))
    return blocks if len(told["offers"]) == 1 else (*blocks, Text(_best_offers(f, told)), _offers(f, told))


def _order(f: Findings, told: Mapping[str, Any]) -> str:
    """What the order of the list is worth."""
    orders = told["orders"]
    rows = orders["rows"]
    unlimited = told["budget"] is None and told["most"] is None
    why = ", a quarter of what all contacts that pay would cost" if unlimited else ""
    scope = (
        f"{money(orders['budget'], f.unit)}{why}" if orders["budget"] is not None else f"{orders['most']:,} contacts"
    )
    return (
        f"The order matters when money is short. With {scope}, before a control group is set aside, the customers of largest "
        f"gain per unit spent would have brought {money(rows['ratio']['came']['value'], f.unit)}; "
        + "; ".join(_lost(f, title, rows[name]["less"]) for name, title in _ORDERS.items() if rows[name]["less"])
        + "."
    )


def _lost(f: Findings, title: str, test: Mapping[str, Any]) -> str:
    """ "by expected gain it is 1,697 EUR less, which chance may explain"."""
    by = f"by {title[0].lower()}{title[1:]} it is"
    if test["low"] == test["high"] == 0:
        return f"{by} the same"
    chance = ", which chance may explain" if test["low"] <= 0 <= test["high"] else ""
    return f"{by} {money(abs(test['value']), f.unit)} {'less' if test['value'] >= 0 else 'more'}{chance}"


def _plus(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{money(abs(value))}"


def _orders(f: Findings, told: Mapping[str, Any]) -> Table:
    rows = []
    for name, title in _ORDERS.items():
        one = told["orders"]["rows"][name]
        came, less = one["came"], one["less"]
        rows.append(
            (
                title,
                f"{one['contacts']:,.0f}",
                money(one["spend"]),
                money(one["expected"]),
                f"{money(came['value'])} ({money(came['low'])} to {money(came['high'])})",
                "" if less is None else f"{_plus(-less['value'])} ({_plus(-less['high'])} to {_plus(-less['low'])})",
            )
        )
    head = (
        "Best first by",
        "Contacts",
        f"Spent ({f.unit})",
        f"Expected ({f.unit})",
        f"As it came ({f.unit})",
        "Against the list",
    )
    return Table(
        f"The same money in other orders{_usual(told)}, with {level_of(f)} intervals; differences on the same resamples",
        head,
        tuple(rows),
        (False, True, True, True, True, True),
    )


def _usual(told: Mapping[str, Any]) -> str:
    """With which offer the other orders are tried, where there are several."""
    if len(told["offers"]) == 1:
        return ""
    best = max(told["offers"], key=lambda one: one["alone"])
    return f", all with “{best['name']}”, the offer that would bring most alone"


def _best_offers(f: Findings, told: Mapping[str, Any]) -> str:
    """What choosing an offer for each customer is worth against the one that is best for all."""
    made = [one for one in told["offers"] if one["contacts"]]
    best = max(told["offers"], key=lambda one: one["alone"])
    more = told["best"]["expected"] - best["alone"]
    text = (
        f"Each customer gets the offer that brings most for the money there is: {len(made)} of {len(told['offers'])} offers are "
        f"used. With “{best['name']}” alone the same limits would be expected to bring {money(best['alone'], f.unit)} (before a "
        "control group is set aside); "
    )
    if more < 0.005 * abs(best["alone"]):
        return text + "choosing for each customer brings nothing more here."
    return text + f"choosing for each customer brings {money(more, f.unit)} more."


def _offers(f: Findings, told: Mapping[str, Any]) -> Table:
    rows = []
    for one in told["offers"]:
        cells = (
            f"{one['contacts']:,.0f}",
            money(one["spend"]),
            money(one["expected"]),
            money(one["came"]),
            money(one["cost"]),
            percent(one["accept"]),
            percent(one["needed"]),
            money(one["alone"]),
        )
        rows.append((one["name"], *cells))
    head = (
        "Offer",
        "Contacts",
        f"Spent ({f.unit})",
        f"Expected ({f.unit})",
        f"As it came ({f.unit})",
        "Mean cost",
        "Accepted by",
        "Pays from",
        "Expected alone",
    )
    caption = (
        "The offers on the list: the acceptance that is assumed, and from which one the offer pays among those who get it; last, "
        "the expected gain if it were the only offer"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * (len(head) - 1)))
