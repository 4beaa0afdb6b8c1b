"""Columns of each payment's past: seconds, memory, and the same values as pandas' rolling windows give."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.fraud.data import ASKED, drawn, handbook, past
from benchmarks.rows import Measurement
from benchmarks.timing import measured

TEXT = (
    "24 columns of each transaction's past: of the card payments, money spent and mean over 1, 7 and 30 days, of the terminal "
    "payments, known frauds and their share over the same days with a delay of 7, and single ones. The handbook's own way is "
    "pandas' rolling windows card by card and terminal by terminal (12 of these columns), here on one in twenty cards and "
    "terminals, since all of them would take a minute. CPU seconds, reading not included; memory is what is held at most "
    "beyond the transactions themselves. Differences are the largest of all compared cells; two payments of one card in one "
    "second (9 of 651,520) see each other in the handbook, in the order of the file, and here do not. "
)
_MOST = 30.0  # CPU seconds of a million transactions


def measure(rows: int | None = None, million: int = 1_000_000, share: int = 20) -> Measurement:
    """rows: of the handbook's transactions. share: one in so many cards and terminals goes pandas' way."""
    made_up = drawn(million)
    _, used, _ = measured(lambda: past(made_up))
    lines = [["**casestudies, 24 columns, drawn transactions**", *_told(million, used), f"{_memory(made_up):,.0f}", ""]]
    frame = handbook(rows)
    (ours, state), cpu, _ = measured(lambda: past(frame))
    lines.append(["**casestudies, 24 columns**", *_told(len(frame), cpu), f"{_memory(frame):,.0f}", ""])
    whole = 0.0
    for name in ("card", "terminal"):
        some = frame[frame[name].isin(frame[name].unique()[::share])]
        theirs, taken, _ = measured(partial(_rolling, some, name))
        if name == "card":
            theirs = theirs[~some.duplicated(["card", "time"], keep=False).loc[theirs.index]]
        apart = float(np.max(np.abs(ours.loc[theirs.index, list(theirs)].to_numpy() - theirs.to_numpy())))
        whole += taken / len(some)
        lines.append([f"pandas rolling, 6 columns of each {name}", *_told(len(some), taken), "", f"{apart:.0e}"])
    lines.append(["pandas rolling, both", "", "", f"{1e6 * whole:.0f}", "", ""])
    caption = (
        f"Columns of the past; the state behind the handbook's last transaction: {len(state.events):,} events of "
        f"{ASKED.days} days, {len(state.to_bytes()) / 1e6:.1f} MB"
    )
    head = ["", "rows", "CPU s", "s a million rows", "memory, MB", "largest difference"]
    met = "yes" if used <= _MOST else "no"
    asked = [[f"CPU s of {million:,} transactions", f"at most {_MOST:.0f}", f"{used:.1f}", met]]
    return [
        {"caption": caption, "head": head, "rows": lines},
        {"caption": "Columns of the past: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ], {}


def _told(rows: int, cpu: float) -> list[str]:
    return [f"{rows:,}", f"{cpu:.2f}", f"{1e6 * cpu / rows:.1f}"]


def _memory(frame: pd.DataFrame) -> float:
    """MB held at most while the columns are made, themselves included."""
    tracemalloc.start()
    try:
        past(frame)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _rolling(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The handbook's columns of cards or terminals."""
    told = _of_card if name == "card" else _of_terminal
    parts = (part.sort_values("time", kind="stable") for _, part in frame.groupby(name))
    return pd.concat([pd.DataFrame(told(part.set_index("time")), index=part.index) for part in parts])


def _of_card(part: pd.DataFrame) -> dict[str, np.ndarray]:
    """Rolling windows of one card's payments."""
    out = {}
    for days in ASKED.windows:
        window = part["amount"].rolling(f"{days}D")
        count = window.count()
        out[f"card_payments_{days}d"] = count.to_numpy()
        out[f"card_mean_{days}d"] = (window.sum() / count).to_numpy()
    return out


def _of_terminal(part: pd.DataFrame) -> dict[str, np.ndarray]:
    """Windows of one terminal's delay and days, less those of the delay alone."""
    out, late = {}, part["fraud"].rolling(f"{ASKED.delay}D")
    for days in ASKED.windows:
        both = part["fraud"].rolling(f"{ASKED.delay + days}D")
        count, found = both.count() - late.count(), both.sum() - late.sum()
        out[f"terminal_known_{days}d"] = count.to_numpy()
        out[f"terminal_risk_{days}d"] = (found / count).fillna(0).to_numpy()
    return out
