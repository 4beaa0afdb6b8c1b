"""The embedded example: a lender's applications over three years, made from a seed. SYNTHETIC, no applicant.

The economics are those of a small consumer lender. Whether a loan goes bad depends on what remains of the income after
debts, on past delays, on how full the credit card is, on how long the applicant has had the job and on unemployment in
the month of the application; the strength of each is written in `_log_odds`, so that tests can look for it. The cells
are dirty in the ways real files are: empty and `n/a` cells, a code -1 for "unknown", one housing level spelt three
ways, a few rows twice, a column that is always the same, and one that is only known after the outcome.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.workflow.studies import Demo

ROWS = 6_000
_START = np.datetime64("2023-01-02")
_DAYS = 3 * 365
_PURPOSES = {"car": 0.32, "home": 0.24, "consolidation": 0.26, "education": 0.08, "other": 0.10}
_HOUSING = {"rent": 0.46, "own": 0.38, "with family": 0.16}

PLANTED = {  # by the average size of its effect in `_log_odds`
    "what remains after debts": ("debt_payments", "credit_line", "term_months", "income"),
    "past delays": ("past_delays",),
    "time in the job": ("employment_years",),
    "the credit card": ("card_utilisation",),
    "housing": ("housing",),
    "unemployment": ("unemployment",),
    "purpose": ("purpose",),
}

DEFAULTS = {
    "data": {
        "target": "default",
        "positive": "yes",
        "id": "application",
        "time": "applied_on",
        "protected": ["sex", "age"],
        "read": {"missing": ["n/a", "-1"]},
    },
    "cost": {"fn": "0.75 * credit_line", "fp": "interest_margin", "currency": "EUR"},
    "model": {"incumbent": "present_score"},
    "frame": {
        "goal": "earn more on the loan book without declining more good applicants than needed (invented)",
        "unit": "one application for a consumer loan",
        "label_means": "90 days past due within 12 months of paying out",
        "horizon": "12 months",
        "proxy_for": "the money lost; a late payer who recovers counts as bad",
        "excluded": "applicants the lender turned away before scoring",
        "decided_by": "a credit officer who sees the score and the reasons",
    },
}


def demo(rows: int | None, seed: int) -> Demo:
    """The first `rows` applications (all 6,000 when None) as text cells, with the config that reads them."""
    return Demo(_as_text(applications(seed)).head(rows or ROWS), DEFAULTS)


def applications(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """The clean table, in time order.

    Returns
    -------
    DataFrame: money in EUR, `unemployment` in per cent, `default` 0/1 and `probability`, the truth it was drawn from.
    """
    random = np.random.default_rng([seed, 2])
    day = np.sort(random.integers(0, _DAYS, rows))
    age = np.clip(random.gamma(6.5, 6.2, rows), 18, 79).round()
    years = np.clip(random.exponential(5.5, rows), 0, age - 17).round(1)
    income = np.exp(random.normal(7.62, 0.42, rows) + 0.012 * np.minimum(years, 20)).round(-1)
    debt = (income * random.beta(1.9, 5.2, rows)).round(0)
    delays = random.poisson(np.where(random.random(rows) < 0.22, 1.6, 0.12))
    has_card = random.random(rows) < 0.82
    utilisation = np.where(has_card, random.beta(1.3, 2.1, rows), np.nan).round(3)
    term = random.choice([12, 24, 36, 48, 60], rows, p=[0.12, 0.27, 0.33, 0.18, 0.10])
    line = np.clip(income * random.lognormal(1.15, 0.55, rows), 500, 40_000).round(-2)
    unemployment = 5.2 + 1.3 * np.sin((day - 150) / _DAYS * 2 * np.pi) + 0.9 * day / _DAYS
    table = pd.DataFrame(
        {
            "application": np.arange(1, rows + 1),
            "applied_on": _START + day.astype("timedelta64[D]"),
            "age": age,
            "sex": random.choice(["f", "m"], rows, p=[0.47, 0.53]),
            "housing": random.choice(list(_HOUSING), rows, p=list(_HOUSING.values())),
            "purpose": random.choice(list(_PURPOSES), rows, p=list(_PURPOSES.values())),
            "employment_years": years,
            "income": income,
            "debt_payments": debt,
            "past_delays": delays,
            "card_utilisation": utilisation,
            "credit_line": line,
            "term_months": term,
            "unemployment": unemployment.round(1),
        }
    )
    log_odds = _log_odds(table)
    table["probability"] = 1 / (1 + np.exp(-log_odds))
    table["default"] = (random.random(rows) < table["probability"]).astype(int)
    # rates follow a coarse view of risk; what a good loan earns is the margin on the average balance
    rate = 0.098 + 0.014 * np.clip(log_odds + 2.4, -1, 3) + random.normal(0, 0.008, rows)
    table["interest_margin"] = (line * np.clip(rate, 0.04, 0.20) * term / 12 * 0.55).round(2)
    # the lender's present score knows income, delays and age of the job, and nothing of the card or the economy
    seen = -0.45 * np.log(income / 2_000) + 0.45 * delays - 0.05 * years + random.normal(0, 0.35, rows)
    table["present_score"] = np.clip(620 - 60 * seen, 300, 850).round()
    table["recovered"] = np.where(table["default"] == 1, (line * random.beta(2, 5, rows)).round(2), 0.0)
    return table


def _log_odds(table: pd.DataFrame) -> np.ndarray:
    """(rows,) true log-odds of a default. Debt burden bends upward at 35 %; a missing card is its own small risk."""
    burden = (table["debt_payments"] + table["credit_line"] / table["term_months"]) / table["income"]
    utilisation = table["card_utilisation"]
    return np.asarray(
        -4.15
        + 2.4 * burden
        + 3.2 * np.maximum(burden - 0.35, 0)
        + 0.62 * np.minimum(table["past_delays"], 4)
        + np.where(utilisation.isna(), 0.55, 2.1 * utilisation.fillna(0) ** 2)
        - 0.11 * np.minimum(table["employment_years"], 12)
        + 0.30 * (table["unemployment"] - 5)
        + table["housing"].map({"rent": 0.25, "own": -0.30, "with family": 0.0})
        + table["purpose"].map({"car": -0.15, "home": -0.1, "consolidation": 0.35, "education": 0.0, "other": 0.1})
    )


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The cells as a lender's export would hold them, dirt included; the dirt has a fixed seed of its own."""
    random = np.random.default_rng(20_231)
    rows = len(table)

    def some(share: float) -> np.ndarray:
        return random.random(rows) < share

    text = pd.DataFrame(index=table.index)
    text["application"] = "A" + table["application"].astype(str).str.zfill(6)
    text["applied_on"] = table["applied_on"].dt.strftime("%Y-%m-%d")
    text["age"] = table["age"].astype(int).astype(str)
    text["sex"] = table["sex"]
    housing = table["housing"].to_numpy(dtype=object)
    housing[some(0.02)] = "Rent"
    text["housing"] = pd.Series(np.where(some(0.015), " " + pd.Series(housing).astype(str), housing), dtype="str")
    text["purpose"] = table["purpose"]
    text["employment_years"] = table["employment_years"].astype(str).mask(some(0.025), "-1")
    text["income"] = table["income"].astype(int).astype(str).mask(some(0.03), "").mask(some(0.006), "n/a")
    text["debt_payments"] = table["debt_payments"].astype(int).astype(str)
    text["past_delays"] = table["past_delays"].astype(str)
    text["card_utilisation"] = table["card_utilisation"].astype("str").where(table["card_utilisation"].notna(), "")
    text["credit_line"] = table["credit_line"].astype(int).astype(str)
    text["term_months"] = table["term_months"].astype(str)
    text["interest_margin"] = table["interest_margin"].map("{:.2f}".format)
    text["unemployment"] = table["unemployment"].astype(str)
    text["currency"] = "EUR"
    text["present_score"] = table["present_score"].astype(int).astype(str)
    text["recovered"] = table["recovered"].map("{:.2f}".format)
    text["default"] = table["default"].map({0: "no", 1: "yes"})
    twice = text.iloc[np.flatnonzero(some(0.0015))]
    return pd.concat([text, twice]).sort_index(kind="stable").reset_index(drop=True).head(rows)
