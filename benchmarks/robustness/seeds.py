"""Sound inputs of every format that is read, small: what mutations start from."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import yaml

ROWS, FILMS, SIDE = 40, 6, 24
_HANDED = ("data.positive=yes",)


@dataclass(frozen=True)
class Seed:
    """A sound input.

    Parameters
    ----------
    study: that checks it. files: {name: content}, all that is handed in; target: the one that is mutated.
    data: what --data names, a file or "." for the folder; None = the config names it.
    config: whether the target is the config. settings: as --set takes them.
    """

    study: str
    files: Mapping[str, bytes]
    target: str
    data: str | None
    settings: tuple[str, ...] = ()
    config: bool = False


def _loans(rows: int = ROWS) -> pd.DataFrame:
    """A table with each thing that a real one has: dates, decimals, levels, gaps, quotes, other scripts."""
    random, row = np.random.default_rng(0), np.arange(rows)
    income = random.normal(2500, 700, rows).round(2).astype(object)
    income[3::11] = None
    table = {
        "id": [f"A{number:04}" for number in row],
        "day": (pd.Timestamp("2024-01-31") + pd.to_timedelta(row, "D")).strftime("%Y-%m-%d"),
        "income": income,
        "amount": random.integers(100, 9000, rows),
        "home": random.choice(["own", "rent", "with, family", 'a "flat"', "Gärtnerstraße"], rows),
        "note": random.choice(["", "late twice", "日本語", "line\nbreak"], rows),
        "bad": np.where(row % 4, "no", "yes"),
    }
    return pd.DataFrame(table)


def _payments(rows: int = ROWS) -> pd.DataFrame:
    random, row = np.random.default_rng(1), np.arange(rows)
    table = {
        "transaction": [f"P{number}" for number in row],
        "time": (pd.Timestamp("2024-03-01") + pd.to_timedelta(7 * row, "h")).strftime("%Y-%m-%dT%H:%M:%S"),
        "card": [f"C{number % 7}" for number in row],
        "terminal": [f"T{number % 5}" for number in row],
        "amount": random.lognormal(3, 1, rows).round(2),
        "fraud": np.where(row % 6, "no", "yes"),
    }
    return pd.DataFrame(table)


def _ratings(rows: int = ROWS) -> pd.DataFrame:
    row = np.arange(rows)
    table = {
        "user": [f"u{number // 5}" for number in row],
        "item": [f"i{number * 3 % 11}" for number in row],
        "rating": 1 + row % 5,
        "time": (pd.Timestamp("2024-03-01") + pd.to_timedelta(row, "D")).strftime("%Y-%m-%d %H:%M:%S"),
    }
    return pd.DataFrame(table)


def _text(frame: pd.DataFrame, separator: str = ",", decimal: str = ".") -> str:
    return str(frame.to_csv(index=False, sep=separator, decimal=decimal))


def _table(study: str, name: str, content: bytes, *settings: str) -> Seed:
    return Seed(study, {name: content}, name, name, settings)


_LOANS = (*_HANDED, "data.target=bad", "data.id=id", "cost.fn=amount", "cost.fp=10")


def csv_seeds() -> list[Seed]:
    import gzip

    loans, payments = _loans(), _payments()
    fraud = (*_HANDED, "cost.fn=amount", "cost.fp=10", "cost.tp=10", "rolling.windows=[1]")
    churn = (*_HANDED, "data.target=bad", "data.id=id", "cost.clv=amount", "cost.accept=0.3", "cost.offer=25")
    return [
        _table("credit", "loans.csv", _text(loans).encode(), *_LOANS),
        _table("credit", "loans.csv", _text(loans, ";", ",").encode("cp1252", "replace"), *_LOANS),
        _table("credit", "loans.tsv", _text(loans, "\t").encode("utf-16"), *_LOANS),
        _table("credit", "loans.csv.gz", gzip.compress(_text(loans).encode(), mtime=0), *_LOANS),
        _table("churn", "customers.csv", _text(loans).encode("utf-8-sig"), *churn),
        _table("fraud", "payments.csv", _text(payments).encode(), *fraud),
        _table("recommendation", "ratings.csv", _text(_ratings()).encode(), "model.features=[]"),
    ]


def excel_seeds() -> list[Seed]:
    out = io.BytesIO()
    _loans().drop(columns="note").to_excel(out, index=False, sheet_name="Loans", engine="openpyxl")
    return [_table("credit", "loans.xlsx", out.getvalue(), *_LOANS)]


def parquet_seeds() -> list[Seed]:
    typed = _loans().assign(
        day=lambda frame: pd.to_datetime(frame["day"]), home=lambda frame: frame["home"].astype("category")
    )
    typed["income"] = typed["income"].astype(float)
    held = {}
    for name, compression in (("plain.parquet", None), ("packed.parquet", "snappy")):
        out = io.BytesIO()
        typed.to_parquet(out, index=False, compression=compression, row_group_size=16)
        held[name] = out.getvalue()
    return [_table("credit", name, content, *_LOANS) for name, content in held.items()]


def yaml_seeds() -> list[Seed]:
    """The template of each study beside its table."""
    from casestudies.runs import studies
    from casestudies.workflow.load import demo_csv
    from casestudies.workflow.resolve import resolve
    from casestudies.workflow.studies import get_study

    found = []
    for name in studies():
        study = get_study(name)
        demo = study.demo(ROWS, 0)
        table, beside = f"{name}.csv", {f"{name}.csv": demo_csv(demo.frame)}
        if study.folders:
            table, beside = "films", {f"films/{file}": content for file, content in _films().items()}
        about = {"mask", "history", "groups"}  # columns that the few films here do not have
        data = {key: text for key, text in demo.defaults.get("data", {}).items() if key not in about} | {"path": table}
        more = {"model": {"features": []}} if name == "recommendation" else {}
        spelt = resolve(study.settings, defaults={**demo.defaults, "data": data}, values=more).to_yaml().encode()
        found.append(Seed(name, {**beside, f"{name}.yaml": spelt}, f"{name}.yaml", None, config=True))
    return found


@cache
def _pixels() -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(2)
    return tuple((random.random((SIDE, SIDE)) * 255).astype(np.uint8) for _ in range(FILMS))


def _films() -> dict[str, bytes]:
    from casestudies.imaging.synthetic.exporting import png

    labels = "file,label,patient\n" + "".join(
        f"a{n}.png,{'cancer' if n % 2 else 'no cancer'},p{n}\n" for n in range(FILMS)
    )
    return {"labels.csv": labels.encode(), **{f"a{n}.png": png(grey) for n, grey in enumerate(_pixels())}}


_FEW = ("data.positive=cancer", "reading.side=16")


def png_seeds() -> list[Seed]:
    """A film, and the table of labels."""
    films = _films()
    return [Seed("imaging", films, target, ".", _FEW) for target in ("a0.png", "a0.png", "labels.csv")]


def dicom_seeds() -> list[Seed]:
    """A film of the demo's own kind, and one packed by run lengths."""
    from pydicom import dcmread
    from pydicom.uid import RLELossless

    from casestudies.imaging.demo import demo_films
    from casestudies.imaging.synthetic.exporting import dicom

    films = demo_films(FILMS, 0)
    whole = {f"a{n}.dcm": dicom(films, n) for n in range(4)}
    packed, out = dcmread(io.BytesIO(whole["a0.dcm"])), io.BytesIO()
    packed.compress(RLELossless)
    packed.save_as(out)
    labels = b"file,label\n" + b"".join(b"a%d.dcm,%s\n" % (n, b"cancer" if n % 2 else b"no cancer") for n in range(4))
    plain = {"labels.csv": labels, **whole}
    return [Seed("imaging", held, "a0.dcm", ".", _FEW) for held in (plain, {**plain, "a0.dcm": out.getvalue()})]


def npz_seeds() -> list[Seed]:
    """Films as one archive of arrays, in the way of MedMNIST."""
    random, arrays = np.random.default_rng(3), {}
    for part, rows in (("train", 12), ("val", 6), ("test", 6)):
        arrays[f"{part}_images"] = (random.random((rows, SIDE, SIDE)) * 255).astype(np.uint8)
        arrays[f"{part}_labels"] = (np.arange(rows) % 2).astype(np.uint8)[:, None]
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return [
        Seed(
            "imaging", {"films.npz": out.getvalue()}, "films.npz", "films.npz", ("data.positive='1'", "reading.side=16")
        )
    ]


KINDS: dict[str, Callable[[], list[Seed]]] = {
    "CSV": csv_seeds,
    "Excel": excel_seeds,
    "Parquet": parquet_seeds,
    "YAML": yaml_seeds,
    "PNG": png_seeds,
    "DICOM": dicom_seeds,
    "npz": npz_seeds,
}


def tree_of(content: bytes) -> object:
    """A config as values; what is text in it stands in quotes."""
    return yaml.safe_load(content)
