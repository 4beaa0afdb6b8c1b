"""The card as one SELECT: what a database computes is what `Card.score` computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casestudies.errors import ConfigError, nearest, shown
from casestudies.models.scorecard.card import Card, Characteristic
from casestudies.tabular.bins import Bins, PairBins

_RESULTS = ("score", "probability")


@dataclass(frozen=True)
class Dialect:
    """How a database quotes names and texts, and compares texts letter by letter.

    Parameters
    ----------
    opening, closing: around a name; a closing one inside it is doubled.
    backslash: whether one in a text escapes what follows, so that it has to be doubled.
    prefix: before a text. exact: a text column as it must stand for upper and lower case to differ.
    """

    opening: str = '"'
    closing: str = '"'
    backslash: bool = False
    prefix: str = ""
    exact: str = "{}"

    def name(self, text: str) -> str:
        """A quoted identifier.

        Raises
        ------
        ConfigError: an empty name, or one with a NUL or half a surrogate pair, which no database has.
        """
        _check(text, "a name")
        return f"{self.opening}{text.replace(self.closing, self.closing * 2)}{self.closing}"

    def text(self, text: str) -> str:
        """A string literal. Raises ConfigError as `name` does."""
        _check(text or " ", "a level")
        escaped = text.replace("\\", "\\\\") if self.backslash else text
        return self.prefix + "'" + escaped.replace("'", "''") + "'"


DIALECTS = {
    "ansi": Dialect(),  # PostgreSQL, SQLite, DuckDB, Oracle, Redshift, Teradata
    "mysql": Dialect("`", "`", backslash=True, exact="CAST({} AS BINARY)"),  # and MariaDB
    "snowflake": Dialect(backslash=True),
    "sqlserver": Dialect("[", "]", prefix="N", exact="{} COLLATE Latin1_General_BIN2"),
}


def to_sql(
    card: Card,
    table: str | Sequence[str] = "applications",
    *,
    dialect: str = "ansi",
    keep: Sequence[str] = (),
) -> str:
    """One SELECT that gives `score` and `probability` of every row of a table.

    Missing is NULL (a NaN has to be stored as NULL). Numbers are written so that they are read back exactly, and added in
    the card's order. Names and levels are quoted, so none of them can end its quotes.

    Parameters
    ----------
    table: its name, or its parts: ("risk", "applications") is the table of that name in the schema risk.
    dialect: ansi (PostgreSQL, SQLite, DuckDB, Oracle), mysql, snowflake or sqlserver.
    keep: columns to carry along, e.g. the id; without any, scores come alone.

    Raises
    ------
    ConfigError: no such dialect, a name that no database has, or a kept column called as a result is.
    """
    if dialect not in DIALECTS:
        raise ConfigError(f"no dialect is called {shown(dialect)}", where="dialect", advice=nearest(dialect, DIALECTS))
    said = DIALECTS[dialect]
    if taken := [name for name in keep if name.lower() in _RESULTS]:
        raise ConfigError(f"{shown(taken[0])} is a column of the result", where="keep", advice="leave it out")
    kept = "".join(f"{said.name(name)}, " for name in dict.fromkeys(keep))
    source = ".".join(said.name(part) for part in ([table] if isinstance(table, str) else table))
    terms = [_number(card.base), *(_points(one, said) for one in card.characteristics)]
    scaling = card.scaling
    odds = f"EXP((score - {_number(scaling.offset)}) / {_number(scaling.factor)})"
    total = "\n    + ".join(terms)
    return (
        f"SELECT {kept}score, 1E0 / (1E0 + {odds}) AS probability\n"
        "FROM (\n"
        f"  SELECT {kept}{total} AS score\n"
        f"  FROM {source}\n"
        ") scored\n"
    )


def _points(one: Characteristic, said: Dialect) -> str:
    """The points of a characteristic as an expression."""
    points = [_number(value) for value in one.points]
    if isinstance(one.bins, PairBins):
        width = len(one.bins.second.labels)
        rows = [points[start : start + width] for start in range(0, len(points), width)]
        inner = [_case(one.bins.second, row, said, indent=10) for row in rows]
        return _case(one.bins.first, inner, said)
    if isinstance(one.bins, Bins):
        return _case(one.bins, points, said)
    raise TypeError(f"bins of type {type(one.bins).__name__} cannot be written as SQL")


def _case(bins: Bins, results: Sequence[str], said: Dialect, indent: int = 6) -> str:
    """A CASE over the bins of one column, with (bins,) expressions as its results."""
    column, special = said.name(bins.column), tuple(map(str, bins.special))
    *told, missing = results
    values, aside = told[: bins.values], told[bins.values :]
    when = [(f"{column} IS NULL", missing)]
    if bins.edges is not None:
        when += [(f"{column} = {_number(v)}", result) for v, result in zip(special, aside, strict=True)]
        when += [(f"{column} < {_number(edge)}", result) for edge, result in zip(bins.edges, values[:-1], strict=True)]
        rest = values[-1]
    else:
        *aside, rest = aside
        groups = [*zip(bins.groups or (), values, strict=True), *zip(([s] for s in special), aside, strict=True)]
        exact = said.exact.format(column)
        when += [(f"{exact} IN ({', '.join(said.text(level) for level in group)})", result) for group, result in groups]
    gap = "\n" + " " * indent
    return f"CASE{gap}" + gap.join(f"WHEN {test} THEN {result}" for test, result in when) + f"{gap}ELSE {rest} END"


def _number(value: float | str) -> str:
    """A double that reads back bit for bit; with an exponent, or it would be a decimal."""
    text = repr(float(value)).removesuffix(".0")
    return text if "e" in text else f"{text}E0"


def _check(text: str, what: str) -> None:
    broken = any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)
    if broken or not text:
        raise ConfigError(f"{shown(text)} cannot be {what} in SQL", where="to_sql", advice="rename it in the table")
