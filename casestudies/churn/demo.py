"""The embedded example: renewal reviews of a seller of subscriptions, made from a seed. SYNTHETIC, no customer.

One row is one customer at one review; a customer is reviewed up to three times in three years. Whether somebody leaves
within three months is written in `_log_odds`, what the seller's offer does about it in `_effect`, and what a customer is
worth in `_months`, so that tests can ask whether the right ones are found. In the trial, eight reviews of ten, a voucher
went out at random; elsewhere to whoever complained, so that comparing all customers misleads. It keeps those on monthly
contracts whose price went up, does little for those with open complaints, and wakes those on long contracts up. The cells
are dirty in the ways real files are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.workflow.studies import Demo

ROWS = 6_000
TRIAL, OFFERED = 0.8, 0.35  # share of reviews in the trial, and the share of these at which the offer went out
VOUCHER, CALL = 25.0, 3.0  # EUR: what the past offer cost when it was taken, and what contacting cost
_START = np.datetime64("2022-01", "M")
_REVIEWS, _MONTHS = 3, 36
_DISCOUNT = 0.008  # a month
_CONTRACTS = {"monthly": 0, "one year": 12, "two years": 24}  # months it binds
_PLANS = {"basic": 18.0, "standard": 36.0, "family": 66.0}  # price, EUR a month

PLANTED = {  # by the average size of its effect in `_log_odds`; the rival came late, and to one region
    "the end of a contract": ("contract", "months_bound"),
    "a rise of the price": ("price_rise",),
    "less use": ("usage_change",),
    "complaints": ("tickets",),
    "how long a customer": ("tenure_months",),
    "automatic payment": ("autopay",),
    "late payments": ("late_payments",),
    "a rival in the north": ("region",),
}

DEFAULTS = {
    "data": {
        "target": "left_in_3_months",
        "positive": "yes",
        "time": "as_of",
        "group": "customer",
        "treatment": "offered",
        "protected": ["age_group"],
        "drop": ["final_invoice"],
        "numbers": ["tickets", "late_payments", "contacts_this_quarter"],
        "read": {"missing": ["n/a", "-1"]},
    },
    "value": {
        "way": "contractual",
        "margin": "monthly_margin",
        "tenure": "tenure_months",
        "by": "contract",
        "window": 3,
        "horizon": 60,
    },
    "cost": {"clv": "clv", "accept": 0.3, "offer": VOUCHER, "contact": CALL, "currency": "EUR"},
    "decide": {"rule": "budget", "budget": 2_000},
    "campaign": {
        "offers": {  # the past campaign tried the first; how many take the others is the seller's guess
            "voucher": {},
            "month free": {"offer": "monthly_price", "accept": 0.32},
            "service call": {"offer": 0, "accept": 0.1, "contact": 6},
        },
        "do_not_disturb": "do_not_disturb",
        "contacted": "contacts_this_quarter",
        "most_contacts": 2,
        "last": {"contacted": "contacted", "promised": "promised", "offer": VOUCHER, "contact": CALL},
    },
    "uplift": {"among": "in_trial"},
    "split": {"delay": 92},
    "model": {"incumbent": "present_score"},
    "frame": {
        "goal": "spend the retention budget on the customers whom it keeps, and on no others (invented)",
        "unit": "one customer at one renewal review",
        "label_means": "the subscription was cancelled within three months of the review",
        "horizon": "3 months",
        "proxy_for": "the margin lost; some who leave come back without an offer",
        "excluded": "customers in their first two months, and those under notice already",
        "decided_by": "the retention team, who see the list and the reasons",
    },
}


def demo(rows: int | None, seed: int) -> Demo:
    """The first `rows` reviews (all 6,000 when None) as text cells, with the config that reads them."""
    return Demo(_as_text(reviews(seed)).head(rows or ROWS), DEFAULTS)


def reviews(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """The clean table, in time order.

    Returns
    -------
    DataFrame: money in EUR (`monthly_price`, `monthly_margin`), `usage_change` and `price_rise` in per cent, and
    `left_in_3_months`, `in_trial`, `offered`, `contacted` as 0/1. The truth: `leaves_without` and `leaves_with`, the probabilities
    of leaving without and with the offer; `value`, the discounted margin of a customer who stays; `gain`, what
    contacting is expected to earn.
    """
    random = np.random.default_rng([seed, 3])
    month = random.integers(0, _MONTHS, rows)
    customers = _customers(random, rows)
    here_for = random.exponential(customers["contract"].map({"monthly": 14.0, "one year": 22.0, "two years": 36.0}))
    customers["joined"] = month - 2 - here_for.astype(int)
    here = np.arange(rows)
    seen = []
    for _ in range(_REVIEWS):
        review = _review(random, customers.iloc[here].assign(month=month[here]))
        seen.append(review)
        month[here] += random.integers(4, 10, len(here))
        here = here[(review["left_in_3_months"].to_numpy() == 0) & (month[here] < _MONTHS)]
    table = pd.concat(seen, ignore_index=True)
    table = table.iloc[np.lexsort((table["month"], table["customer"]))[:rows]]
    table = table.iloc[np.lexsort((table["customer"], table["month"]))].reset_index(drop=True)
    table.insert(1, "as_of", (_START + table["month"].to_numpy()).astype("datetime64[D]"))
    return table.drop(columns=["month", "joined"])


def _customers(random: np.random.Generator, count: int) -> pd.DataFrame:
    """What does not change from one review to the next."""
    contract = random.choice(list(_CONTRACTS), count, p=[0.52, 0.30, 0.18])
    plan = random.choice(list(_PLANS), count, p=[0.42, 0.38, 0.20])
    price = pd.Series(plan).map(_PLANS).to_numpy() * random.lognormal(0, 0.22, count)
    price *= pd.Series(contract).map({"monthly": 1.08, "one year": 1.0, "two years": 0.92}).to_numpy()
    return pd.DataFrame(
        {
            "customer": np.arange(1, count + 1),
            "region": random.choice(["north", "east", "south", "west"], count, p=[0.28, 0.18, 0.30, 0.24]),
            "age_group": random.choice(["under 30", "30 to 59", "60 and over"], count, p=[0.24, 0.53, 0.23]),
            "plan": plan,
            "contract": contract,
            "autopay": (random.random(count) < 0.6).astype(int),
            "monthly_price": price.round(2),
            "monthly_margin": (price * random.beta(9, 11, count)).round(2),
        }
    )


def _review(random: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """What stands in the books on the day of a review, whether the offer went out, and what became of the customer."""
    rows = len(table)
    tenure = (table["month"] - table["joined"]).to_numpy()
    binds = table["contract"].map(_CONTRACTS).to_numpy()
    rises = random.random(rows) < np.where(table["month"] >= 18, 0.50, 0.34)  # prices went up more often later on
    tickets = random.poisson(np.where(random.random(rows) < 0.25, 1.5, 0.15))
    table = table.assign(
        tenure_months=tenure,
        months_bound=np.where(binds > 0, binds - tenure % np.maximum(binds, 1), 0),
        usage_hours=(random.gamma(2.2, 9, rows)).round(1),
        usage_change=np.clip(random.normal(-2, 26, rows), -95, 150).round(),
        tickets=tickets,
        price_rise=np.where(rises, random.uniform(3, 14, rows), 0).round(1),
        late_payments=random.binomial(3, np.where(table["autopay"] == 1, 0.02, 0.13)),
    )
    without, effect = _log_odds(table), _effect(table)
    trial = random.random(rows) < TRIAL
    troubled = (table["tickets"] >= 2) | (table["late_payments"] >= 1)
    offered = random.random(rows) < np.where(trial, OFFERED, np.where(troubled, 0.75, 0.10))
    table["in_trial"], table["offered"] = trial.astype(int), offered.astype(int)
    table["leaves_without"], table["leaves_with"] = _logistic(without), _logistic(without + effect)
    leaves = random.random(rows) < np.where(offered, table["leaves_with"], table["leaves_without"])
    table["left_in_3_months"] = leaves.astype(int)
    table["value"] = table["monthly_margin"] * _months(table["contract"])
    taken = 1 - table["leaves_with"]  # all who stay after the offer have taken it
    table["gain"] = (table["leaves_without"] - table["leaves_with"]) * table["value"] - CALL - VOUCHER * taken
    # the present score knows payments, tickets and tenure, and nothing of prices and of the end of a contract
    blurred = -1.35 + 0.42 * table["tickets"] + 0.45 * table["late_payments"] - 0.022 * np.minimum(tenure, 48)
    present = _logistic(blurred + random.normal(0, 0.5, rows))
    table["present_score"] = (100 * present).round()
    # the list of that score promised that half of the leavers would be kept, each worth two years of margin
    promised = present * 0.5 * 24 * table["monthly_margin"] - CALL - VOUCHER * (1 - 0.5 * present)
    table["promised"] = promised.where(trial & (present >= 0.2)).round(2)
    table["contacted"] = table["offered"].where(table["promised"].notna())
    # what is known today: a later wish not to be called, and what other campaigns have sent since
    table["do_not_disturb"] = (random.random(rows) < 0.05).astype(int)
    table["contacts_this_quarter"] = random.poisson(0.4, rows)
    table["final_invoice"] = np.where(leaves, (table["monthly_price"] * random.uniform(0.4, 2.5, rows)).round(2), 0.0)
    return table


def _log_odds(table: pd.DataFrame) -> np.ndarray:
    """(rows,) true log-odds of leaving within three months without an offer. The end of a contract is the moment."""
    monthly = table["contract"] == "monthly"
    ends = ~monthly & (table["months_bound"] <= 3)
    rival = (table["region"] == "north") & (table["month"] >= 20)  # a new seller in the north
    return np.asarray(
        -1.5
        + table["contract"].map({"monthly": 0.0, "one year": -1.4, "two years": -2.3})
        + 2.2 * ends
        - 0.022 * np.minimum(table["tenure_months"], 48)
        + 0.032 * np.maximum(-table["usage_change"], 0)
        + 0.48 * np.minimum(table["tickets"], 4)
        + np.where(monthly, 0.16, 0.08) * table["price_rise"]
        + 0.60 * table["late_payments"]
        - 0.50 * table["autopay"]
        + 0.90 * rival
    )


def _effect(table: pd.DataFrame) -> np.ndarray:
    """(rows,) true change of the log-odds of leaving by the offer; above 0 the offer drives customers away."""
    kept = np.where(table["price_rise"] >= 5, -1.7, -0.75) + 0.55 * (table["tickets"] >= 2)
    return np.asarray(table["contract"].map({"monthly": 0.0, "one year": -0.05, "two years": 0.6}) + 0.0) + np.where(
        table["contract"] == "monthly", kept, 0.0
    )


def _months(contract: pd.Series) -> np.ndarray:
    """(rows,) discounted months that a customer who stays goes on paying, at most five years."""
    month = np.arange(60)
    stays = contract.map({"monthly": 0.905, "one year": 0.945, "two years": 0.976}).to_numpy()
    return np.asarray(((stays[:, None] / (1 + _DISCOUNT)) ** month).sum(axis=1))


def _logistic(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The cells as the seller's books would hand them over, dirt included; the dirt has a fixed seed of its own."""
    random = np.random.default_rng(20_223)
    rows = len(table)

    def some(share: float) -> np.ndarray:
        return random.random(rows) < share

    def yes(name: str) -> pd.Series:
        return table[name].map({0: "no", 1: "yes"}).fillna("")

    text = pd.DataFrame(index=table.index)
    text["customer"] = "C" + table["customer"].astype(str).str.zfill(6)
    text["as_of"] = table["as_of"].dt.strftime("%Y-%m-%d")
    text["region"] = table["region"].mask(some(0.02), "North").where(table["region"] == "north", table["region"])
    text["age_group"] = table["age_group"].mask(some(0.02), "")
    text["plan"] = table["plan"]
    text["contract"] = table["contract"]
    text["tenure_months"] = table["tenure_months"].astype(str)
    text["months_bound"] = table["months_bound"].astype(str)
    text["autopay"] = yes("autopay")
    text["monthly_price"] = table["monthly_price"].map("{:.2f}".format)
    text["monthly_margin"] = table["monthly_margin"].map("{:.2f}".format)
    text["price_rise"] = table["price_rise"].astype(str)
    text["usage_hours"] = table["usage_hours"].astype(str).mask(some(0.02), "-1")
    text["usage_change"] = table["usage_change"].astype(int).astype(str).mask(some(0.03), "").mask(some(0.006), "n/a")
    text["tickets"] = table["tickets"].astype(str)
    text["late_payments"] = table["late_payments"].astype(str)
    text["currency"] = "EUR"
    text["present_score"] = table["present_score"].astype(int).astype(str)
    text["in_trial"] = yes("in_trial")
    text["offered"] = yes("offered")
    text["contacted"] = yes("contacted")
    text["promised"] = table["promised"].map("{:.2f}".format).where(table["promised"].notna(), "")
    text["do_not_disturb"] = yes("do_not_disturb")
    text["contacts_this_quarter"] = table["contacts_this_quarter"].astype(str)
    text["final_invoice"] = table["final_invoice"].map("{:.2f}".format)
    text["left_in_3_months"] = yes("left_in_3_months")
    twice = text.iloc[np.flatnonzero(some(0.0015))]
    return pd.concat([text, twice]).sort_index(kind="stable").reset_index(drop=True).head(rows)
