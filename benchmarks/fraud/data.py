"""Payments: the fraud handbook's simulated ones with the columns of their past, and drawn ones of any number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.credit.data import folder
from casestudies.fraud.features import events_of, with_past
from casestudies.fraud.rolling import Asked
from casestudies.fraud.state import State

ASKED = Asked((1, 7, 30), 7, (0, 7), (5, 6), True, True, True)  # the handbook's windows, delay, night and weekend
HANDBOOK = "fraud_handbook_sim/transactions_2018-06-15_2018-08-21.csv.gz"
_NAMES = {
    "TRANSACTION_ID": "transaction",
    "TX_DATETIME": "time",
    "CUSTOMER_ID": "card",
    "TERMINAL_ID": "terminal",
    "TX_AMOUNT": "amount",
    "TX_FRAUD": "fraud",
}


def handbook(rows: int | None = None) -> pd.DataFrame:
    """The handbook's simulated transactions: their number, time, card, terminal, amount and fraud.

    Raises
    ------
    SystemExit: the public data sets are not here.
    """
    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    texts = dict.fromkeys(("TRANSACTION_ID", "CUSTOMER_ID", "TERMINAL_ID"), "str")
    path = place / HANDBOOK
    frame = pd.read_csv(path, usecols=list(_NAMES), dtype=texts, parse_dates=["TX_DATETIME"], nrows=rows)
    frame = frame.rename(columns=_NAMES)
    return frame.assign(time=frame["time"].dt.as_unit("us").dt.tz_localize("UTC"))


def drawn(rows: int) -> pd.DataFrame:
    """Made-up transactions of half a year, 20,000 cards and 30,000 terminals."""
    random = np.random.default_rng(0)
    seconds = np.sort(random.integers(0, 180 * 86_400, rows))
    return pd.DataFrame(
        {
            "time": (np.datetime64("2024-01-01") + seconds.astype("timedelta64[s]")).astype("datetime64[us]"),
            "card": pd.Series(random.integers(0, 20_000, rows)).astype("str"),
            "terminal": pd.Series(random.integers(0, 30_000, rows)).astype("str"),
            "amount": random.lognormal(3, 1, rows).round(2),
            "fraud": (random.random(rows) < 0.01).astype(np.int8),
        }
    )


def past(frame: pd.DataFrame, asked: Asked = ASKED) -> tuple[pd.DataFrame, State]:
    """The columns of each transaction's past as the fraud study makes them, and the state behind the last one."""
    return with_past(events_of(frame, asked, frame["fraud"].to_numpy(np.int8)), asked, None)


@dataclass(frozen=True, eq=False)
class Weeks:
    """The handbook's protocol: a week of training, a week until its frauds are known, and a week that judges.

    Parameters
    ----------
    frame: transactions with the columns of their past, by time. day: (rows,) whole days since the first one's.
    """

    frame: pd.DataFrame
    day: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Weeks:
        whole = pd.concat([frame, past(frame)[0]], axis=1).sort_values("time", kind="stable", ignore_index=True)
        return cls(whole, (whole["time"].dt.floor("D") - whole["time"].iloc[0].floor("D")).dt.days.to_numpy())

    @property
    def kinds(self) -> dict[str, str]:
        """{feature: its kind}, as the study's contract has them."""
        return {"amount": "money", **{column.name: column.kind for column in ASKED.columns()}}

    def counted(self, rows: np.ndarray) -> str:
        """Rows and frauds in words."""
        return f"{len(rows):,} rows ({int(self.frame['fraud'].to_numpy()[rows].sum()):,} frauds)"

    def rows(self, start: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions of (training, judged) rows where training begins on a day, such as "2018-07-25".

        Cards with a fraud in training are known and judged no more; so, on each judged day, are those whose fraud a
        delay has brought to light since.

        Source: Le Borgne et al. 2022, "Reproducible machine learning for credit card fraud detection", chapter 3.4,
        `get_train_test_set`.
        """
        first = (pd.Timestamp(start, tz="UTC") - self.frame["time"].iloc[0].floor("D")).days
        card, fraud, day = self.frame["card"].to_numpy(), self.frame["fraud"].to_numpy() == 1, self.day
        train = np.flatnonzero((day >= first) & (day < first + 7))
        known, judged = set(card[train][fraud[train]]), []
        for number in range(first + 14, first + 21):
            known |= set(card[(day == number - 8) & fraud])
            rows = np.flatnonzero(day == number)
            judged.append(rows[[one not in known for one in card[rows]]])
        return train, np.concatenate(judged)

    def lately(self, days: int) -> tuple[np.ndarray, np.ndarray]:
        """Positions of (training, judged) rows where the last so many days judge and all that is known before trains."""
        end = int(self.day.max()) - days
        return np.flatnonzero(self.day <= end - ASKED.delay), np.flatnonzero(self.day > end)
