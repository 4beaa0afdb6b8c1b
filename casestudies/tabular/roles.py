"""What the analyst's own columns are for: the keys under `data` that name columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from casestudies.tabular.contract import Role

_SINGLE: dict[str, Role] = {
    "target": "target",
    "group": "group",  # before id: a customer number may be both, and then must not be split apart
    "id": "identifier",
    "time": "time",
    "weight": "weight",
    "treatment": "treatment",
    "incumbent": "incumbent",
}


@dataclass(frozen=True)
class Roles:
    """Columns by the names they have in the file (or, where `map` ties one, by the contract's name).

    Parameters
    ----------
    positive: the label value that counts as the event; asked for, never guessed.
    group: what must not be split apart. incumbent: today's score, decision or list; never a feature.
    protected: columns of the fairness table; never features. drop: columns that are not used.
    map: {contract name: the analyst's column}.
    """

    target: str | None = None
    positive: str | float | bool | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    weight: str | None = None
    treatment: str | None = None
    incumbent: str | None = None
    protected: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)

    def named(self) -> Iterator[tuple[str, Role, str]]:
        """(config key, role, column) of every column that is given a role; the first role of a column counts."""
        for key, role in _SINGLE.items():
            column = getattr(self, key)
            if column is not None:
                yield f"{'model' if key == 'incumbent' else 'data'}.{key}", role, column
        for column in self.protected:
            yield "data.protected", "protected", column
        for column in self.drop:
            yield "data.drop", "dropped", column
