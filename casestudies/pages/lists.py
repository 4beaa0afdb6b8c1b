"""The lists a run made for people to work through (contacts, alerts): their first rows here, the whole to take away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from casestudies.pages import reading
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain
from casestudies.pages.tables import printable
from casestudies.runs import RunFolder

HEAD = 10  # rows shown
REVIEW = "data/review.csv"  # labels that the models contradict, where the run looked for them
_DIGITS = 4  # of a number
_WIDE = 420  # pixels of a column of sentences
_LONG = 40  # characters of one


@dataclass(frozen=True, eq=False)
class Listed:
    """A list at a glance.

    Parameters
    ----------
    head: its first rows, numbers short enough to read. numbers: columns that hold nothing else. rows: of the whole list.
    """

    head: pd.DataFrame
    numbers: tuple[str, ...]
    rows: int


def lists_of(run: RunFolder) -> list[Path]:
    """The files under lists/, in the order of their names."""
    return sorted(run.path.glob("lists/*.csv"))


def show_lists(run: RunFolder) -> None:
    """A table for each list with rows, and the labels to look at again behind a fold; nothing where a run made none."""
    for file in lists_of(run):
        with said():
            listed = _read(reading.key(run), file)
            if listed.rows:
                st.header(plain(f"The list: {file.stem.replace('_', ' ')}"), anchor=False)
                _show(run, file, listed)
    review = run.path / REVIEW
    if review.is_file():
        with said():
            listed = _read(reading.key(run), review)
            if listed.rows:
                with st.expander(f"Labels to look at again: {listed.rows:,} rows"):
                    _show(run, review, listed)


def _show(run: RunFolder, file: Path, listed: Listed) -> None:
    wide = {
        str(name): st.column_config.TextColumn(
            width=_WIDE if listed.head[name].map(len).max() > _LONG else None,
            alignment="right" if name in listed.numbers else "left",
        )
        for name in listed.head
    }
    st.dataframe(
        listed.head, hide_index=True, column_config=wide, alt=f"The first {len(listed.head)} rows of {file.name}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            plain(f"Download {file.name}"),
            file.read_bytes,
            f"{run.study}-{run.id}-{file.name}",
            "text/csv",
            on_click="ignore",
            key=f"list:{file.name}",
        )
        shown = "All" if listed.rows == len(listed.head) else f"The first {len(listed.head)} of"
        st.caption(plain(f"{shown} {listed.rows:,} rows, numbers shortened; the file has the whole of them."))


@st.cache_resource(max_entries=16, show_spinner="Reading the list ...")
def _read(known: str, file: Path) -> Listed:
    """Read the head, and count the rest: a list may hold a row for every payment."""
    head = pd.read_csv(file, nrows=HEAD, dtype=str, keep_default_na=False)
    rows = sum(len(part) for part in pd.read_csv(file, usecols=[0], dtype=str, chunksize=100_000))
    values = {name: pd.to_numeric(head[name].where(head[name] != ""), errors="coerce") for name in head}
    numbers = [
        name for name, told in values.items() if told.notna().any() and (told.isna() == (head[name] == "")).all()
    ]
    for name in numbers:
        head[name] = head[name].map(_short)
    return Listed(printable(head), tuple(map(str, numbers)), rows)


def _short(cell: str) -> str:
    """ "0.9157" for 0.9157343509790884; whole numbers stay as they are."""
    if "." not in cell and "e" not in cell.lower():
        return cell
    value = float(cell)
    return f"{value:,.0f}" if abs(value) >= 10 ** (_DIGITS - 1) else f"{value:,.{_DIGITS}g}"
