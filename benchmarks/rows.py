"""The rows of one room of measurements, and the command that measures them: `python -m benchmarks.ROOM [--row NAME]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.optim.comparison import Table
from benchmarks.record import store

Measurement = tuple[list[Table], Mapping[str, str]]  # tables, and the versions of the peers


@dataclass(frozen=True)
class Row:
    """title, text: as in BENCHMARKS.md. measure: the row; quick: the same, small enough for a look."""

    title: str
    text: str
    measure: Callable[[], Measurement]
    quick: Callable[[], Measurement]


def main(
    room: str,
    rows: Mapping[str, Row],
    description: str | None,
    *,
    data: bool = True,
    rules: str = "",
    elsewhere: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Measure what is asked for on the command line, print it, and store it under `benchmarks/results`.

    Parameters
    ----------
    room: "credit" of `benchmarks.credit`. data: whether the rows read public data sets, so that their command says so.
    rules: said below the rows that have peers. elsewhere: rows that print and store by themselves.
    """
    program, others = f"python -m benchmarks.{room}", elsewhere or {}
    parser = argparse.ArgumentParser(
        prog=program, description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [*rows, *others]
    parser.add_argument("--row", choices=names, action="append", help="only this one; may be given again")
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--quick", action="store_true", help="small tables, nothing stored")
    options = parser.parse_args()
    if options.list:
        print("\n".join(names))
        return
    for name in options.row or names:
        print(name, flush=True)
        if name in others:
            others[name]()
            continue
        row = rows[name]
        tables, peers = row.quick() if options.quick else row.measure()
        for table in tables:
            print(in_columns(table), flush=True)
        if tables and not options.quick:
            command = f"{'CASESTUDIES_DATA=FOLDER ' if data else ''}{program} --row {name}"
            store(f"{room}-{name}", row.title, (row.text + (rules if peers else "")).strip(), tables, command, peers)


def in_columns(table: Table) -> str:
    """The table for a terminal."""
    lines = [list(map(str, line)) for line in (table["head"], *table["rows"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    body = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join(["", table["caption"], *body])
