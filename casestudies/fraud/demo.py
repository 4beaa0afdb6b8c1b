"""The embedded example: card payments of ninety days, made from a seed. SYNTHETIC, no card and no person.

Cards have a home and habits, terminals a place; a card pays where it is near, or online. Three patterns of fraud are
planted, in the spirit of the simulator of the fraud handbook (Le Borgne, Siblini, Lebichot and Bontempi 2022), and
`scenario` keeps which one a payment belongs to, so that tests can ask whether each is found:

1. a stolen card number pays several times the card's usual amount, mostly online, for six days;
2. at a compromised terminal every payment is fraud for three weeks, of ordinary amounts: only its past gives it away;
3. a thief tries a card at night with payments of a coin or two, and takes large amounts within the hours that follow.

A demo of fewer rows is a smaller world of the same ninety days: fewer cards and terminals, as busy as ever.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.workflow.studies import Demo

ROWS = 25_000
DAYS = 90
STOLEN, COMPROMISED, TESTED = 1, 2, 3
STOLEN_DAYS, COMPROMISED_DAYS = 6, 21
_LEAST = 300  # rows of the smallest world that holds all three patterns
_START = np.datetime64("2024-03-01T00:00:00")
_HOUR, _DAY = 3_600, 86_400  # seconds
_PER_CARD, _PER_TERMINAL = 36, 60  # payments in ninety days
_EVENTS = {STOLEN: 34, COMPROMISED: 20, TESTED: 30}  # of each pattern in `ROWS` payments
_NEAR = 9.0  # the map is 100 by 100; a card pays e times as often where it is 9 nearer
_CATEGORIES = {  # share of the terminals, and their usual amount as a multiple of the card's
    "grocery": (0.34, 0.8),
    "fuel": (0.12, 1.3),
    "restaurant": (0.22, 0.9),
    "fashion": (0.16, 1.5),
    "electronics": (0.09, 2.6),
    "travel": (0.07, 3.2),
}
_SHARES, _FACTORS = np.array(list(_CATEGORIES.values())).T

PLANTED = {  # by how many frauds it explains
    "compromised terminals": tuple(
        f"terminal_{what}_{days}d" for what in ("frauds", "risk", "known") for days in (1, 7, 30)
    ),
    "stolen card numbers": (
        "amount",
        "card_amount_ratio",
        *(f"card_{what}_{days}d" for what in ("spent", "mean") for days in (1, 7, 30)),
    ),
    "cards tried at night": (
        "hour",
        "night",
        "card_seconds_since_last",
        *(f"card_payments_{days}d" for days in (1, 7, 30)),
    ),
}

DEFAULTS = {
    "data": {
        "target": "fraud",
        "positive": "yes",
        "id": "transaction",
        "time": "time",
        "drop": ["charged_back"],
        "read": {"missing": ["n/a"]},
    },
    "cost": {"fn": "amount", "fp": 10, "tp": 10, "tn": 0, "currency": "EUR"},
    "split": {"delay": 7},
    "alerts": {"per_day": 8},
    "rules": {
        "columns": ["rule_large", "rule_night_online", "rule_three_in_two_hours", "rule_round_amount"],
    },
    "frame": {
        "goal": "lose less to fraud than the alerts cost, with the people there are to look at them (invented)",
        "unit": "one card payment",
        "label_means": "the cardholder reported the payment as fraud, within a week of it",
        "horizon": "7 days",
        "proxy_for": "the loss; what is charged back to the merchant is not the bank's",
        "excluded": "payments that were refused at the terminal",
        "decided_by": "the fraud desk, which calls the cardholder before the payment is settled",
    },
}


def demo(rows: int | None, seed: int) -> Demo:
    """A world of `rows` payments (25,000 when None) as text cells, with the config that reads them."""
    wanted = rows or ROWS
    return Demo(_as_text(payments(seed, max(wanted, _LEAST))).head(wanted), DEFAULTS)


def payments(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """The clean table, in time order.

    Returns
    -------
    DataFrame: `amount` in EUR, `time` to the second, `fraud` and the bank's present rules (`rule_...`) as 0/1, and
    `scenario`, the truth: 0 = honest, else the number of the pattern.
    """
    random = np.random.default_rng([seed, 4])
    cards, terminals = _cards(random, max(rows // _PER_CARD, 3)), _terminals(random, max(rows // _PER_TERMINAL, 5))
    events = {pattern: max(round(count * rows / ROWS), 2) for pattern, count in _EVENTS.items()}
    stolen = _stolen(random, cards, terminals, events[STOLEN])
    tested = _tested(random, cards, terminals, events[TESTED])
    honest = _honest(random, cards, terminals, rows - len(stolen) - len(tested))
    _compromise(random, honest, terminals, events[COMPROMISED])
    table = pd.concat([honest, stolen, tested], ignore_index=True)
    order = np.lexsort((table["terminal"], table["card"], table["second"]))
    table = table.iloc[order].reset_index(drop=True)
    for name in ("channel", "country", "category"):
        table[name] = terminals[name].to_numpy()[table["terminal"]]
    table.insert(0, "transaction", np.arange(1, rows + 1))
    table.insert(1, "time", _START + table["second"].to_numpy().astype("timedelta64[s]"))
    table["fraud"] = (table["scenario"] > 0).astype(int)
    return _ruled(table).drop(columns="second")


def _cards(random: np.random.Generator, count: int) -> pd.DataFrame:
    """Where each card lives, how often it pays, what it usually pays and how much of it online."""
    return pd.DataFrame(
        {
            "x": random.uniform(0, 100, count),
            "y": random.uniform(0, 100, count),
            "rate": random.gamma(2.0, 1.0, count) + 0.2,
            "usual": np.clip(random.lognormal(3.7, 0.5, count), 8, 200),
            "online": random.beta(2, 5, count),
            "hour": np.where(random.random(count) < 0.12, 22.5, 14.0),  # some people live by night
        }
    )


def _terminals(random: np.random.Generator, count: int) -> pd.DataFrame:
    """Where each terminal stands and what it sells; every third is a shop on the net, some of those abroad."""
    online = np.arange(count) % 3 == 2
    abroad = online & (random.random(count) < 0.35)
    return pd.DataFrame(
        {
            "x": random.uniform(0, 100, count),
            "y": random.uniform(0, 100, count),
            "category": random.choice(list(_CATEGORIES), count, p=_SHARES),
            "channel": np.where(online, "online", np.where(random.random(count) < 0.55, "contactless", "chip")),
            "country": np.where(abroad, random.choice(["US", "NL", "GB"], count), "DE"),
            "popular": random.gamma(3.0, 1.0, count) + 0.3,
        }
    )


def _honest(random: np.random.Generator, cards: pd.DataFrame, terminals: pd.DataFrame, count: int) -> pd.DataFrame:
    """Payments as their cards' owners make them: by day, more at the week's end, near home."""
    rate = cards["rate"].to_numpy()
    card = random.choice(len(cards), count, p=rate / rate.sum())
    weekday = (np.arange(DAYS) + 4) % 7  # the first day is a Friday
    busy = np.array([1.0, 1.0, 1.0, 1.1, 1.3, 1.4, 0.7])[weekday]
    day = random.choice(DAYS, count, p=busy / busy.sum())
    second = day * _DAY + _by_day(random, cards["hour"].to_numpy()[card])
    terminal = _chosen(random, cards, terminals, card)
    factor = terminals["category"].map(dict(zip(_CATEGORIES, _FACTORS, strict=True))).to_numpy()[terminal]
    amount = np.maximum(cards["usual"].to_numpy()[card] * factor * random.gamma(3.0, 1 / 3, count), 0.5)
    even = random.random(count) < 0.05
    amount = np.where(even, np.maximum(np.round(amount, -1), 10), amount)
    return _payments(second, card, terminal, amount, 0)


def _by_day(random: np.random.Generator, hour: np.ndarray) -> np.ndarray:
    """(payments,) seconds after midnight, about the hours at which their cards pay."""
    return np.asarray(np.mod(random.normal(hour, 3.8) * _HOUR, _DAY).astype(np.int64))


def _chosen(random: np.random.Generator, cards: pd.DataFrame, terminals: pd.DataFrame, card: np.ndarray) -> np.ndarray:
    """(payments,) terminal of each payment, by the card's distance to it; online shops are equally near to all."""
    far = np.hypot(*(cards[axis].to_numpy()[:, None] - terminals[axis].to_numpy() for axis in "xy"))
    online = (terminals["channel"] == "online").to_numpy()
    popular = terminals["popular"].to_numpy()
    pull = np.where(online, 0.0, popular * np.exp(-far / _NEAR))
    bought = cards["online"].to_numpy()[:, None]
    share = (1 - bought) * pull / pull.sum(axis=1, keepdims=True) + bought * online * popular / popular[online].sum()
    # each card's shares end to end, card after card: one search finds the terminal of every payment
    ends = share.cumsum(axis=1)
    ends = ends / ends[:, -1:] + np.arange(len(cards))[:, None]
    at = np.searchsorted(ends.ravel(), card + random.random(len(card)), side="right")
    return np.asarray(np.clip(at - card * len(terminals), 0, len(terminals) - 1))


def _stolen(random: np.random.Generator, cards: pd.DataFrame, terminals: pd.DataFrame, events: int) -> pd.DataFrame:
    card = random.integers(0, len(cards), events)
    begins = _spread(random, events, -STOLEN_DAYS / 2).astype(np.int64)
    of = np.repeat(np.arange(events), 3 + random.poisson(3, events))
    day = begins[of] + random.integers(0, STOLEN_DAYS, len(of))
    second = day * _DAY + _by_day(random, np.full(len(of), 15.0))
    online = np.flatnonzero(terminals["channel"] == "online")
    anywhere, shop = random.integers(0, len(terminals), len(of)), random.choice(online, len(of))
    terminal = np.where(random.random(len(of)) < 0.6, shop, anywhere)
    amount = cards["usual"].to_numpy()[card[of]] * random.uniform(4, 9, len(of))
    return _payments(second, card[of], terminal, amount, STOLEN)


def _tested(random: np.random.Generator, cards: pd.DataFrame, terminals: pd.DataFrame, events: int) -> pd.DataFrame:
    card = random.integers(0, len(cards), events)
    night = _spread(random, events, 0).astype(np.int64) * _DAY + random.integers(_HOUR, 3 * _HOUR, events)
    online = np.flatnonzero(terminals["channel"] == "online")
    small = np.repeat(np.arange(events), 2 + random.poisson(0.6, events))
    large = np.repeat(np.arange(events), 1 + random.poisson(1.1, events))
    tries = night[small] + random.integers(0, _HOUR // 2, len(small))
    takes = night[large] + random.integers(_HOUR // 2, 3 * _HOUR, len(large))
    shops = online[random.integers(0, len(online), len(small) + len(large))]
    amount = np.concatenate([random.uniform(0.4, 2.5, len(small)), random.uniform(90, 420, len(large))])
    return _payments(np.concatenate([tries, takes]), card[np.concatenate([small, large])], shops, amount, TESTED)


def _compromise(random: np.random.Generator, honest: pd.DataFrame, terminals: pd.DataFrame, events: int) -> None:
    """Turns every payment at some terminals into fraud, in place, while each of them is compromised."""
    busy = np.bincount(honest["terminal"], minlength=len(terminals)) > 0
    terminal = random.choice(np.flatnonzero(busy), events)
    begins = _spread(random, events, -COMPROMISED_DAYS / 2)
    day = honest["second"].to_numpy() / _DAY
    for where, since in zip(terminal, begins, strict=True):
        inside = (honest["terminal"].to_numpy() == where) & (day >= since) & (day < since + COMPROMISED_DAYS)
        honest.loc[inside, "scenario"] = COMPROMISED


def _spread(random: np.random.Generator, events: int, first: float) -> np.ndarray:
    """(events,) days on which they begin, from `first` to the last one: evenly, so that no season is without."""
    return np.asarray(first + (DAYS - first) * (np.arange(events) + random.random(events)) / events)


def _payments(
    second: np.ndarray, card: np.ndarray, terminal: np.ndarray, amount: np.ndarray, scenario: int
) -> pd.DataFrame:
    """As a table, without those before the first day and after the last."""
    table = pd.DataFrame({"second": second, "card": card, "terminal": terminal, "amount": amount.round(2)})
    table["scenario"] = scenario
    return table[(second >= 0) & (second < DAYS * _DAY)].reset_index(drop=True)


def _ruled(table: pd.DataFrame) -> pd.DataFrame:
    """With the bank's present rules: three that see something, of which two overlap, and one that sees nothing."""
    order = np.lexsort((table["transaction"], table["card"]))
    card, second = table["card"].to_numpy()[order], table["second"].to_numpy()[order]
    quick = np.zeros(len(table), dtype=bool)
    quick[order[2:]] = (card[2:] == card[:-2]) & (second[2:] - second[:-2] <= 2 * _HOUR)
    night = table["second"] % _DAY < 6 * _HOUR
    rules = {
        "rule_large": table["amount"] > 250,
        "rule_night_online": night & (table["channel"] == "online"),
        "rule_three_in_two_hours": quick,
        "rule_round_amount": (table["amount"] >= 20) & (table["amount"] % 10 == 0),
    }
    return table.assign(**{name: np.asarray(fires).astype(int) for name, fires in rules.items()})


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The cells as a bank's ledger would hand them over, dirt included; the dirt has a fixed seed of its own."""
    random = np.random.default_rng(20_241)
    rows = len(table)

    def some(share: float) -> np.ndarray:
        return random.random(rows) < share

    def yes(name: str) -> pd.Series:
        return table[name].map({0: "no", 1: "yes"})

    text = pd.DataFrame(index=table.index)
    text["transaction"] = "P" + table["transaction"].astype(str).str.zfill(6)
    text["time"] = table["time"].dt.strftime("%Y-%m-%d %H:%M:%S")
    text["card"] = "K" + table["card"].astype(str).str.zfill(4)
    text["terminal"] = "S" + table["terminal"].astype(str).str.zfill(4)
    text["amount"] = table["amount"].map("{:.2f}".format)
    text["channel"] = table["channel"].mask((table["channel"] == "online") & some(0.02), "Online")
    text["country"] = table["country"].mask(some(0.01), "")
    text["category"] = table["category"].mask(some(0.015), "n/a")
    text["currency"] = "EUR"
    for name in table.columns[table.columns.str.startswith("rule_")]:
        text[name] = yes(name)
    text["charged_back"] = table["amount"].where(table["fraud"] == 1, 0.0).map("{:.2f}".format)
    text["fraud"] = yes("fraud")
    return text
