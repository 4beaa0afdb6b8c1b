"""What the fields of a dataclass are declared to hold: which classes stand in it, and whether a value fits its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

_FAMILIES: dict[str, type] = {"b": np.bool_, "i": np.integer, "u": np.integer, "f": np.floating}  # by dtype.kind
_SCALARS: dict[type, tuple[type, ...]] = {
    bool: (bool, np.bool_),
    int: (int, np.integer),
    float: (float, int, np.floating, np.integer),
}


def hints(kind: type) -> dict[str, Any]:
    """The types of the fields that make a dataclass, by name."""
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind) if field.init}


def classes(kind: type) -> dict[str, type]:
    """The dataclass and those that the types of its fields name, at any depth, by name.

    Raises
    ------
    TypeError: two of them have the same name.
    """
    found: dict[str, type] = {}
    waiting: list[Any] = [kind]
    while waiting:
        hint = waiting.pop()
        waiting += [part for part in (get_origin(hint), *get_args(hint)) if part is not None]
        if isinstance(hint, type) and is_dataclass(hint) and found.get(hint.__name__) is not hint:
            if hint.__name__ in found:
                raise TypeError(f"two of the classes are called {hint.__name__}")
            found[hint.__name__] = hint
            waiting += hints(hint).values()
    return found


def admits(hint: Any, value: object) -> bool:
    """Whether a field of this type may hold the value."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind is Any:
        return True
    if kind in (Union, UnionType):
        return any(admits(one, value) for one in inner)
    if kind is Literal:
        return value in inner
    if kind is np.ndarray:
        return isinstance(value, np.ndarray) and (not inner or _is_of(inner[1], value.dtype))
    if kind in _SCALARS:
        return isinstance(value, _SCALARS[kind]) and (kind is bool or not isinstance(value, bool))
    if kind is tuple and inner and inner[-1] is not Ellipsis:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(admits, inner, value))
    if kind in (tuple, list, Sequence) and inner:
        return isinstance(value, (tuple, list)) and isinstance(value, kind) and all(admits(inner[0], v) for v in value)
    if kind in (dict, Mapping) and inner:
        return isinstance(value, dict) and all(admits(inner[1], item) for item in value.values())
    return isinstance(value, kind)


def _is_of(hint: Any, dtype: np.dtype[Any]) -> bool:
    """Whether an array declared as `np.dtype[...]` may be of this dtype; the width is free, the family is not."""
    (declared,) = get_args(hint) or (Any,)
    family = _FAMILIES.get(dtype.kind, np.void)
    return not isinstance(declared, type) or issubclass(declared, family) or issubclass(family, declared)
