"""How many damaged and unusual CSV files are read exactly, refused in words, or read wrong without a sign.

`python -m benchmarks.reading` makes the files from a seed, each with the table it was made from, and reads each with
`read_table` and with pandas as people call it. Where no true table exists (a row was cut, a quote never closed), to
refuse is the only right answer. The kinds of damage follow the list of Vitagliano, Hameed, Jiang, Reisener, Wu and
Naumann 2023, "Pollock: a data loading benchmark", VLDB 16(8); the files are our own. Then one clean
file of 500,000 rows for the speed. The rows go to `results/reading.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.record import store
from casestudies.errors import CaseError
from casestudies.tabular.read import read_table

OUTCOMES = ("exact", "refused", "wrong", "crashed")
Rows = list[list[str]]


@dataclass(frozen=True)
class Case:
    """One file. `rows`: the true cells, "" = missing, under `names`; None where the damage leaves no true table."""

    kind: str
    content: bytes
    names: list[str] | None = None
    rows: Rows | None = None
    suffix: str = ".csv"


def quoted(cell: str, separator: str, always: bool = False) -> str:
    needed = always or any(c in cell for c in (separator, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if needed else cell


def text(rows: Sequence[Sequence[str]], separator: str = ",", ends: str = "\n", always: bool = False) -> str:
    return "".join(separator.join(quoted(cell, separator, always) for cell in row) + ends for row in rows)


TOWNS = ["Bonn", "Köln", "São Paulo", "Málaga", "Zürich", "Rome, NY", "Århus", "Lyon"]
REMARKS = ["paid late", "none", "see file 3; ask", 'said "no"', "two\nlines", "a, b", "5 | 6", "100 %"]


def table(rng: np.random.Generator, count: int, comma: bool = False, plain: bool = False) -> tuple[list[str], Rows]:
    """A business table: an identifier, a date, an amount, a town, a flag; some cells missing."""
    names = ["id", "date", "amount", "town", "default"]
    towns = ["Bonn", "Rome", "Lyon"] if plain else TOWNS
    rows = []
    for _ in range(count):
        amount = f"{rng.normal(1000, 900):.2f}"
        date = f"20{rng.integers(10, 25):02d}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
        row = [f"A{rng.integers(10**5):05d}", date, amount, str(rng.choice(towns)), str(rng.choice(["0", "1"]))]
        if comma:
            row[2] = amount.replace(".", ",")
        if rng.random() < 0.15:
            row[int(rng.integers(1, 4))] = ""
        rows.append(row)
    return names, rows


def whole(rng: np.random.Generator) -> Iterator[Case]:
    """One round of files that have a true table."""
    count = int(rng.integers(6, 40))
    names, rows = table(rng, count)
    full = [names, *rows]
    for separator in ",;\t|":
        yield Case("separators", text(full, separator).encode(), names, rows)
    yield Case("line ends", text(full, ",", "\r\n").encode(), names, rows)
    yield Case("line ends", text(full, ",", "\r").encode(), names, rows)
    yield Case("line ends", text(full)[:-1].encode(), names, rows)
    yield Case("quotes everywhere", text(full, ";", always=True).encode(), names, rows)
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "cp1252"):
        yield Case("encodings", text(full, ";").encode(codec), names, rows)
    cyrillic = [[*row[:3], str(rng.choice(["Москва", "Казань", "Пермь", "Тверь"])), row[4]] for row in rows]
    yield Case("encodings", text([names, *cyrillic]).encode("cp1251"), names, cyrillic)
    comma_rows = table(rng, count, comma=True)[1]
    for separator in ";\t|":
        yield Case("decimal commas", text([names, *comma_rows], separator).encode(), names, comma_rows)
    yield Case("decimal commas", text([names, *comma_rows]).encode(), names, comma_rows)
    noted = [[*row, str(rng.choice(REMARKS))] for row in rows]
    yield Case("cells with quotes and lines", text([[*names, "remark"], *noted]).encode(), [*names, "remark"], noted)
    inches = [[*row, f'{rng.integers(2, 9)}" pipe'] for row in rows]
    raw = "".join(";".join(row) + "\n" for row in [[*names, "part"], *inches])
    yield Case("quotes inside words", raw.encode(), [*names, "part"], inches)
    titles = [[*row, str(rng.choice(['"Crocodile" Dundee', '"Weird" Al', "Heat"]))] for row in rows]
    raw = "".join("\t".join(row) + "\n" for row in [[*names, "title"], *titles])
    yield Case("quotes that enclose nothing", raw.encode(), [*names, "title"], titles)
    above = ["Loans of the second quarter", "prepared by Risk, Bonn", "", "in thousand EUR"][: int(rng.integers(1, 5))]
    yield Case("lines above the header", ("\n".join(above) + "\n" + text(full)).encode(), names, rows)
    yield Case("lines above the header", ("sep=;\n" + text(full, ";")).encode(), names, rows)
    yield Case("separators at the line's end", "".join(text([row])[:-1] + ",\n" for row in full).encode(), names, rows)
    some = "".join(text([row])[:-1] + ",," * int(rng.random() < 0.3) + "\n" for row in rows)
    yield Case("separators at the line's end", (text([names]) + some).encode(), names, rows)
    gaps = "".join(text([row]) + "\n" * int(rng.random() < 0.3) for row in full) + "\n\n"
    yield Case("blank lines", gaps.encode(), names, rows)
    marks = [[*row, str(rng.choice(["NA", "null", "None", "n/a", "NaN", "DE"]))] for row in rows]
    yield Case("words that may mean missing", text([[*names, "code"], *marks]).encode(), [*names, "code"], marks)
    codes = []
    for number, row in enumerate(rows):
        account = f"{rng.integers(10**15, 10**16)}{number:06d}"
        codes.append([*row, account, f"{rng.integers(1, 9)}e{number}", f"{number:05d}"])
    longer = [*names, "account", "product", "branch"]
    yield Case("long and odd identifiers", text([longer, *codes]).encode(), longer, codes)
    twice = [[*row, row[2]] for row in rows]
    yield Case("one name twice", text([[*names, "amount"], *twice]).encode(), [*names, "amount (2)"], twice)
    lone = [["town"], *([str(rng.choice(["Bonn", "Rome", "Lyon am See"]))] for _ in rows)]
    yield Case("one column", text(lone).encode(), ["town"], lone[1:])
    spaced = [[cell or "-" for cell in row] for row in table(rng, count, plain=True)[1]]
    aligned = "".join(" ".join(cell.ljust(11) for cell in row) + "\n" for row in [names, *spaced])
    yield Case("runs of spaces", aligned.encode(), names, spaced)
    pairs = "".join("::".join(row) + "\n" for row in [names, *spaced])
    yield Case("double colons", pairs.encode(), names, spaced)
    padded = "".join(", ".join(quoted(cell, ",", True) for cell in row) + "\n" for row in full)
    yield Case("spaces before quotes", padded.encode(), names, rows)
    enclosed = "".join(",".join("'" + cell.replace("'", "''") + "'" for cell in row) + "\n" for row in full)
    yield Case("apostrophes for quotes", enclosed.encode(), names, rows)
    nameless = [f"column {place}" for place in range(1, 6)]
    yield Case("no header", text(rows).encode(), nameless, rows)
    yield Case("no header", text(rows, "\t").encode(), nameless, rows)
    yield Case("gzip", gzip.compress(text(full).encode(), mtime=0), names, rows, ".csv.gz")
    yield Case("gzip", gzip.compress(text(full, ";").encode("cp1252"), mtime=0), names, rows)


def broken(rng: np.random.Generator) -> Iterator[Case]:
    """One round of files whose true table cannot be known."""
    names, rows = table(rng, int(rng.integers(8, 40)))
    lines = text([names, *rows]).splitlines()
    place = int(rng.integers(2, len(lines) - 1))

    def with_line(line: str) -> bytes:
        return "\n".join([*lines[:place], line, *lines[place + 1 :], ""]).encode()

    yield Case("a row cut short", with_line(",".join(lines[place].split(",")[:2])))
    yield Case("a row too long", with_line(lines[place] + ",7"))
    yield Case("a footer", text([names, *rows, ["Total", "", ""]]).encode())
    yield Case("a quote never closed", with_line('"' + lines[place]))
    yield Case("a quote not doubled", with_line('A00001,2020-01-01,5.00,"the "old" town",1'))
    parts = lines[place].split(",", 2)
    yield Case("a separator left out", with_line(parts[0] + " " + ",".join(parts[1:])))
    yield Case("another separator in one row", with_line(lines[place].replace(",", ";")))
    second = text([["key", "unit", "rate", "place", "flag"], ["k1", "2020-01-01", "0.5", "Bonn", "1"]])
    yield Case("two tables in one file", (text([names, *rows]) + "\n" + second).encode())
    yield Case("two tables in one file", (text([names, *rows]) + "\n" + text([["k", "v"], ["1", "2"]])).encode())
    units = ["-", "day", "EUR", "name", "flag"]
    yield Case("two header rows", text([names, units, *rows]).encode())
    body = text([names, *rows]).encode()
    cut = body.find("ö".encode())
    yield Case("mixed encodings", body + "000009,,1.00,M\xfcnchen,1\n".encode("latin-1"))
    yield Case("cut inside a letter", body[: cut + 1] if cut > 0 else body + "Ä".encode()[:1])
    yield Case("NUL bytes", body[:90] + b"\0" + body[90:])
    yield Case("binary", rng.integers(0, 256, 2_000).astype(np.uint8).tobytes())
    page = b"<!DOCTYPE html><html><body><table>" + body + b"</table></body></html>"
    yield Case("another format", page)
    yield Case("another format", json.dumps([dict(zip(names, row, strict=True)) for row in rows]).encode())
    yield Case("another format", b"%PDF-1.4\n" + body)
    yield Case("half a gzip archive", gzip.compress(body, mtime=0)[: -len(body) // 8], suffix=".csv.gz")
    yield Case("no rows", text([names]).encode())
    yield Case("no rows", b"")


def files(seed: int, rounds: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    return [case for _ in range(rounds) for make in (whole, broken) for case in make(rng)]


def same_cell(got: object, true: str) -> bool:
    """Whether a cell is what was typed. A typed reader may give the number for its usual spelling, never for '007'."""
    if got is None or got is pd.NA or got != got:
        return true == ""
    if isinstance(got, str):
        return got == true
    if isinstance(got, bool | np.bool_):
        return str(got) == true
    if isinstance(got, int | float | np.integer | np.floating):
        digits = true.lstrip("-")
        if (len(digits) > 1 and digits[0] == "0" and digits[1] != ".") or "e" in true or "," in true:
            return False
        try:
            return float(true) == float(got) and (len(digits) <= 16 or "." in digits)
        except ValueError:
            return False
    return False


def same_table(frame: pd.DataFrame, case: Case) -> bool:
    if case.rows is None or case.names is None or frame.shape != (len(case.rows), len(case.names)):
        return False
    got_names = [str(name) for name in frame.columns]
    usual = [{name, name.replace(" (2)", ".1")} for name in case.names]  # pandas writes a second name its own way
    if not all(got in wanted for got, wanted in zip(got_names, usual, strict=True)):
        return False
    got = frame.astype(object).to_numpy().tolist()
    return all(same_cell(a, b) for x, y in zip(got, case.rows, strict=True) for a, b in zip(x, y, strict=True))


REFUSALS = (CaseError, ValueError, EOFError, OSError)  # of pandas: its parser's and the codecs' errors are ValueErrors
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "read_table": lambda path: read_table(path).frame,
    "pandas.read_csv": lambda path: pd.read_csv(path),
    "pandas, sep=None, engine=python": lambda path: pd.read_csv(path, sep=None, engine="python"),
    "pandas, dtype=str, keep_default_na=False": lambda path: pd.read_csv(path, dtype=str, keep_default_na=False).replace(
        "", np.nan
    ),
}  # fmt: skip


def outcome(reader: Callable[[Path], pd.DataFrame], path: Path, case: Case) -> str:
    try:
        frame = reader(path)
    except REFUSALS:
        return "refused"
    except Exception:  # what a reader lets through is what this counts
        return "crashed"
    return "exact" if same_table(frame, case) else "wrong"


def judged(cases: Sequence[Case], folder: Path) -> list[dict[str, object]]:
    paths = []
    for number, case in enumerate(cases):
        paths.append(folder / f"{number}{case.suffix}")
        paths[-1].write_bytes(case.content)
    rows: list[dict[str, object]] = []
    for name, reader in READERS.items():
        counts: dict[tuple[str, bool], Counter[str]] = {}
        began = time.process_time()
        for case, path in zip(cases, paths, strict=True):
            counts.setdefault((case.kind, case.rows is not None), Counter())[outcome(reader, path, case)] += 1
        seconds = time.process_time() - began
        for (kind, readable), counter in counts.items():
            rows.append({"reader": name, "kind": kind, "readable": readable, **{o: counter[o] for o in OUTCOMES}})
        rows.append({"reader": name, "kind": "cpu", "seconds": round(seconds, 2), "files": len(cases)})
    return rows


def speed(reader: str, path: Path) -> dict[str, object]:
    """CPU seconds and added peak memory of one reader on one file, in this process; called in a fresh one."""
    read = {"read_table": lambda: read_table(path), "pandas, dtype=str": lambda: pd.read_csv(path, dtype=str)}[reader]
    pd.DataFrame({"a": ["x"]})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    read()
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    added = round((peak - before) / 1024)
    return {"reader": reader, "kind": "speed", "cpu_seconds": round(seconds, 2), "added_peak_mib": added}


def large(path: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=rows).round(4) for i in range(6)})
    frame["id"] = [f"{i:08d}" for i in range(rows)]
    frame["town"] = rng.choice(["Bonn", "Rome", "Lyon"], rows)
    frame["remark"] = rng.choice(["late, twice", "none", ""], rows)
    frame["default"] = rng.integers(0, 2, rows)
    frame.to_csv(path, index=False)


def table_of(rows: list[dict[str, object]], readable: bool) -> dict[str, object]:
    """Counts by kind of damage, exact / refused / wrong / crashed, one column a reader."""
    kinds = list(dict.fromkeys(str(row["kind"]) for row in rows if row.get("readable") is readable))
    total: dict[str, Counter[str]] = {name: Counter() for name in READERS}
    lines = []
    for kind in kinds:
        line = [kind]
        for name in READERS:
            row = next(r for r in rows if (r["reader"], r["kind"], r.get("readable")) == (name, kind, readable))
            counts = {o: int(str(row[o])) for o in OUTCOMES}
            total[name].update(counts)
            line.append(" / ".join(str(counts[o]) for o in OUTCOMES))
        lines.append(line)
    lines.append(["**all**", *(" / ".join(str(total[n][o]) for o in OUTCOMES) for n in READERS)])
    what = "Files with one true table" if readable else "Files without one: only to refuse is right"
    return {
        "caption": f"{what} (exact / refused / wrong in silence / crashed)",
        "head": ["damage", *READERS],
        "rows": lines,
    }


def speed_table(rows: list[dict[str, object]]) -> dict[str, object]:
    lines = [["all damaged files", str(r["reader"]), f"{r['seconds']}", ""] for r in rows if r["kind"] == "cpu"]
    lines += [
        [
            f"{r['rows']:,} clean rows, {r['file_mib']} MiB",
            str(r["reader"]),
            f"{r['cpu_seconds']}",
            f"{r['added_peak_mib']}",
        ]
        for r in rows
        if r["kind"] == "speed"
    ]
    return {"caption": "Cost", "head": ["files", "reader", "CPU s", "added peak MiB"], "rows": lines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--speed", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.speed:
        print(json.dumps(speed(options.speed[0], Path(options.speed[1]))))
        return
    cases = files(options.seed, options.rounds)
    with tempfile.TemporaryDirectory() as name:
        rows = judged(cases, Path(name))
        path = Path(name) / "large.csv"
        large(path, options.rows, options.seed)
        size = round(path.stat().st_size / 2**20, 1)
        for reader in ("read_table", "pandas, dtype=str"):
            command = [sys.executable, "-m", "benchmarks.reading", "--speed", reader, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append({**json.loads(done.stdout), "rows": options.rows, "file_mib": size})
    text = (
        "Files made from a seed, each with the table it was made from; what a reader gives is compared cell by cell. The "
        "generator and `read_table` come from the same hand, so this shows what is covered and does not rank readers. "
        "`read_table` refuses a file without a header until it is told so; pandas takes the first row for one in silence. "
        "pandas is quicker on the small damaged files, and uses less memory on the large one."
    )
    store(
        "reading",
        "Reading a stranger's CSV",
        text,
        [table_of(rows, True), table_of(rows, False), speed_table(rows)],
        f"python -m benchmarks.reading --seed {options.seed}",
    )


if __name__ == "__main__":
    main()
