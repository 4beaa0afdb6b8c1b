"""What each column of the file is to be read as: its name, its role, and its column of the contract if it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular import mapping
from casestudies.tabular.contract import NUMERIC, Column, Contract, Kind, Role
from casestudies.tabular.problems import Code, Problem, Problems
from casestudies.tabular.roles import Roles

_BOTH: tuple[set[str], ...] = ({"identifier", "group"}, {"protected", "dropped"}, {"identifier", "dropped"})
KIND_KEYS: Mapping[str, str] = {"category": "data.categories", "number": "data.numbers"}


@dataclass(frozen=True)
class Slot:
    """One column of the file: under which name, in which role; `column` None = its kind is still to be found."""

    source: str
    name: str
    role: Role
    column: Column | None


def laid_out(
    contract: Contract,
    roles: Roles,
    frame: pd.DataFrame,
    problems: Problems,
    kinds: Mapping[str, Kind],
    *,
    labelled: bool,
    decimal: str,
) -> list[Slot]:
    """One slot for each column of the file that is read; what is missing, guessed or clashes is added to `problems`.

    Parameters
    ----------
    kinds: {column of the file: the kind that the analyst states for it}.
    labelled: False for new rows: a label among them is left aside, and is no feature either.

    Raises
    ------
    ConfigError: see `mapping.resolve`; or rows that should be labelled have no label column; or a kind is stated for a
    column whose role has one of its own.
    """
    columns = [str(column) for column in frame.columns]
    unread: set[str] = set()
    if not labelled:
        unread = {column for column in (roles.target, roles.map.get(roles.target or "")) if column in columns}
        roles = replace(roles, target=None)
    found = mapping.resolve(contract, roles, frame, decimal=decimal)
    if not labelled:
        unread |= {told.column for name, told in found.items() if contract[name].role == "target"}
        found = {name: told for name, told in found.items() if told.column not in unread}
    _missing(contract, set(found), columns, labelled, problems)
    _guessed(found, problems)
    given = _given(roles, columns)
    named = {told.column: contract[name] for name, told in found.items()}
    slots = []
    for source in (column for column in columns if column not in unread):
        role = given.get(source, named[source].role if source in named else "feature")
        if source in named:
            slots.append(Slot(source, named[source].name, role, replace(named[source], role=role)))
        elif source in given or contract.extra == "features":
            slots.append(Slot(source, source, role, _by_role(source, role)))
    slots = [_stated(slot, kinds[slot.source]) if slot.source in kinds else slot for slot in slots]
    if labelled and "target" not in [slot.role for slot in slots]:
        raise ConfigError(
            "is not given", where="data.target", advice=f"write the column of the outcome; {nearest('', columns)}"
        )
    return _unclashed(slots, problems)


def _given(roles: Roles, columns: list[str]) -> dict[str, Role]:
    """{column: its role}. The group may be the identifier too; any other second role is a contradiction."""
    given: dict[str, Role] = {}
    first: dict[str, str] = {}
    for key, role, name in roles.named():
        column = mapping.locate(name, roles, columns, key)
        before = given.setdefault(column, role)
        if before != role and {before, role} not in _BOTH:
            raise ConfigError(
                f"{shown(column)} is {first[column]} already", where=key, advice="name another column, or leave one out"
            )
        first.setdefault(column, key)
    return given


def _by_role(name: str, role: Role) -> Column | None:
    """The column a role alone describes; None where the cells must tell."""
    if role in ("identifier", "group"):
        return Column(name, "identifier", role)
    if role == "weight":
        return Column(name, "number", role, low=0, missing_allowed=False)
    if role == "treatment":
        return Column(name, "category", role)  # which value means treated is asked for where it is not plain
    return Column(name, "category", role) if role == "target" else None


def _stated(slot: Slot, kind: Kind) -> Slot:
    """The slot with the kind that the analyst states; the contract's range is that of another kind."""
    if slot.role not in ("feature", "protected", "dropped"):
        what = f"{shown(slot.source)} is the {slot.role}, which is read in its own way"
        raise ConfigError(what, where=KIND_KEYS[kind], advice="take it out")
    column = slot.column or Column(slot.name, kind, slot.role)
    if column.kind == kind or (kind == "number" and column.kind in NUMERIC - {"flag"}):
        return replace(slot, column=column)
    return replace(slot, column=replace(column, kind=kind, unit="", low=None, high=None, allowed=()))


def _missing(contract: Contract, found: set[str], columns: list[str], labelled: bool, problems: Problems) -> None:
    for column in contract.columns:
        if column.required and column.name not in found and (labelled or column.role != "target"):
            rule = f"is needed and is not in the file; {nearest(column.name, columns)}"
            advice = f"write data.map: {{{column.name}: <your column>}}"
            problems.add(Problem(Code.COLUMN_MISSING, "error", rule, advice, column.name))


def _guessed(found: dict[str, mapping.Guess], problems: Problems) -> None:
    for name, told in found.items():
        if told.guessed:
            rule = f"is taken for {name}: {told.reason}"
            advice = f"to choose another write data.map: {{{name}: <your column>}}"
            problems.add(Problem(Code.COLUMN_GUESSED, "note", rule, advice, told.column))


def _unclashed(slots: list[Slot], problems: Problems) -> list[Slot]:
    """Contract names win: a further column of the file that bears one is kept under "name (file)", and that is said."""
    taken = {slot.name: slot.source for slot in slots if slot.name != slot.source}
    kept = []
    for slot in slots:
        if slot.name == slot.source and slot.name in taken:
            other = f"{slot.name} (file)"
            rule = f"is called {shown(other)} here, because {shown(taken[slot.name])} is the study's {slot.name}"
            problems.add(Problem(Code.NAME_TAKEN, "note", rule, "rename it in the file to be clear", slot.source))
            column = None if slot.column is None else replace(slot.column, name=other)
            slot = replace(slot, name=other, column=column)
        kept.append(slot)
    return kept
