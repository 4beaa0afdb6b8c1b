"""The data contract: which columns a study reads, of which kind, in which range, and when each is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from casestudies.errors import ConfigError, nearest, shown

Kind = Literal["number", "money", "whole", "category", "text", "flag", "date", "identifier"]
Role = Literal[
    "target", "feature", "identifier", "time", "group", "protected",
    "money", "weight", "incumbent", "treatment", "user", "item", "dropped",
]  # fmt: skip
Known = Literal["at decision", "after outcome"]
NUMERIC: frozenset[str] = frozenset({"number", "money", "whole", "flag"})  # kinds that are float64 in a checked frame
USABLE: frozenset[str] = NUMERIC | {"category"}  # kinds a model may read


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    name: the contract's own name, used in formulas and reports; `data.map` ties it to the analyst's column.
    kind: how cells are read. `whole` is a number without fraction, `flag` is 0/1 or yes/no, `date` is kept in UTC.
    role: what the column is for; only `feature` is given to a model.
    unit: of numbers ("EUR", "years"); empty for the rest.
    low, high: the range, both ends allowed; None = open.
    allowed: the levels a category may have, as text; empty = any.
    format: the one format of a date column ("%d/%m/%Y"); empty = found from the cells.
    missing_allowed: False makes a missing or unreadable cell an error.
    required: False lets the whole column be absent.
    known: a column known only `after outcome` is never a feature.
    sentence: what the column means, for the `schema` verb.
    synonyms: other names it goes by, for guessing.
    """

    name: str
    kind: Kind
    role: Role = "feature"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    format: str = ""
    missing_allowed: bool = True
    required: bool = False
    known: Known = "at decision"
    sentence: str = ""
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key, value, known in (
            ("kind", self.kind, get_args(Kind)),
            ("role", self.role, get_args(Role)),
            ("known", self.known, get_args(Known)),
        ):
            if value not in known:
                raise ConfigError(
                    f"{key} {shown(value)} is unknown", where=f"contract, {self.name}", advice=nearest(value, known)
                )

    @property
    def span(self) -> str:
        """The range or the values in words, for people: "18 to 100 years", "at least 0 EUR", "A, B or C"."""
        if self.allowed:
            return " or ".join(filter(None, [", ".join(self.allowed[:-1]), self.allowed[-1]]))
        low, high = (None if end is None else f"{end:g}" for end in (self.low, self.high))
        if low is not None and high is not None:
            words = f"{low} to {high}"
        else:
            words = f"at least {low}" if low is not None else f"at most {high}" if high is not None else ""
        return f"{words} {self.unit}".strip()


@dataclass(frozen=True)
class Contract:
    """The columns a study names, and what becomes of a file's further columns.

    Parameters
    ----------
    extra: "features" reads every further column by the kind its cells show; "ignored" leaves them aside.
    """

    columns: tuple[Column, ...] = ()
    extra: Literal["features", "ignored"] = "features"
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.columns:
            if column.name in self._by_name:
                raise ConfigError(f"the contract names {shown(column.name)} twice", advice="keep one of them")
            self._by_name[column.name] = column

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def in_role(self, role: Role) -> list[Column]:
        return [column for column in self.columns if column.role == role]

    def to_rows(self) -> list[dict[str, str]]:
        """The contract as a table of words, one row a column, for the `schema` verb and the pages."""
        return [
            {
                "column": c.name,
                "kind": c.kind,
                "role": c.role,
                "values": c.span,
                "required": "yes" if c.required else "no",
                "may be missing": "yes" if c.missing_allowed else "no",
                "known": c.known,
                "meaning": c.sentence,
            }
            for c in self.columns
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for schema.json; `from_dict` gives an equal contract back."""
        return {"extra": self.extra, "columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Contract:
        known = {f.name for f in fields(Column)}
        columns = []
        for entry in told["columns"]:
            tuples = {key: tuple(entry.get(key, ())) for key in ("allowed", "synonyms")}
            columns.append(Column(**{k: v for k, v in entry.items() if k in known} | tuples))
        return cls(tuple(columns), told["extra"])
