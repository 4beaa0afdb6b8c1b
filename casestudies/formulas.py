"""Formulas an analyst writes over columns, through a whitelisted syntax tree; nothing is ever handed to `eval`.

`0.75 * credit_line`, `where(balance > 0, fee, 0)`, `col('Credit amount') / 12`, `label != 'N' and balance > 0`.
Allowed: numbers, column names, `col('any name')`, `+ - * / **`, comparisons, `and or not`, text in quotes compared
with a column, and the functions `min max abs log1p sqrt exp where`. Everything else is an error that names the part.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Protocol

import numpy as np

from casestudies.errors import CaseError, ConfigError, DataError, nearest, shown

_LENGTH, _NODES = 1_000, 200  # longer formulas are refused: they come from files and forms
_ARITHMETIC: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARE: dict[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: lambda a, b: np.less(a, b) | np.greater(a, b) if _numeric(a) else np.not_equal(a, b),
}


def _numeric(values: Any) -> bool:
    return np.asarray(values).dtype.kind in "fiub"


_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "min": (2, 9, lambda *a: reduce(np.minimum, a)),
    "max": (2, 9, lambda *a: reduce(np.maximum, a)),
    "abs": (1, 1, np.abs),
    "log1p": (1, 1, np.log1p),
    "sqrt": (1, 1, np.sqrt),
    "exp": (1, 1, np.exp),
    "where": (3, 3, np.where),
}


class Columns(Protocol):
    """What a formula reads. `number` and `text` return (rows,) arrays or raise KeyError for an unknown name."""

    def names(self) -> list[str]: ...

    def number(self, name: str) -> np.ndarray: ...

    def text(self, name: str) -> np.ndarray: ...

    def row(self, position: int) -> int:
        """The number of a row, from 1: where it stands in its file."""


@dataclass(frozen=True)
class ArrayColumns:
    """`Columns` over a mapping of arrays (a DataFrame is one)."""

    arrays: Mapping[str, Any]

    def names(self) -> list[str]:
        return [str(name) for name in self.arrays]

    def number(self, name: str) -> np.ndarray:
        values = np.asarray(self.arrays[name])
        try:
            return values.astype(np.float64)
        except (TypeError, ValueError):
            for row, value in enumerate(values):
                try:
                    float(value)
                except (TypeError, ValueError):
                    raise DataError(
                        f"holds {shown(value)}, which is not a number",
                        where=f"row {row + 1}, column {name}",
                        advice="clean the column or compare it with text in quotes",
                    ) from None
            raise

    def text(self, name: str) -> np.ndarray:
        return np.asarray(self.arrays[name]).astype(str)

    def row(self, position: int) -> int:
        return position + 1


@dataclass(frozen=True)
class Formula:
    """One parsed formula; parsing checks everything that can be known without data.

    Parameters
    ----------
    source: the formula as the analyst wrote it; a number is a constant.
    where: the config key it came from, named in every complaint ("cost.fn").

    Raises
    ------
    ConfigError: anything but the allowed parts; the message quotes the part.
    """

    source: str | float
    where: str = "formula"

    def __post_init__(self) -> None:
        self._check(self._tree)

    @cached_property
    def _tree(self) -> ast.expr:
        text = str(self.source).strip()
        if len(text) > _LENGTH:
            raise self._refusal(f"is {len(text)} characters long", f"use at most {_LENGTH}")
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise self._refusal(f"{shown(text)} is not a formula", "write for example 0.75 * credit_line") from None
        if sum(1 for _ in ast.walk(tree)) > _NODES:
            raise self._refusal("has too many parts", f"use at most {_NODES}")
        return tree

    def _refusal(self, what: str, advice: str) -> CaseError:
        return ConfigError(what, where=self.where, advice=advice)

    @cached_property
    def names(self) -> list[str]:
        """The columns the formula reads, in the order they first appear."""
        found = [_column(node) for node in ast.walk(self._tree)]
        return list(dict.fromkeys(name for name in found if name is not None))

    def _check(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, bool) or not isinstance(node.value, (int, float, str)):
                raise self._refusal(f"{shown(ast.unparse(node))} is not allowed", "use numbers or text in quotes")
            if isinstance(node.value, int) and abs(node.value) > 10**18:
                raise self._refusal("holds a number beyond 1e18", "write it smaller")
            return
        if _column(node) is not None:
            return
        for child in self._operands(node):
            is_text = isinstance(child, ast.Constant) and isinstance(child.value, str)
            if is_text and not isinstance(node, ast.Compare):
                raise self._refusal(f"{shown(ast.unparse(node))} calculates with text", "compare text with == or !=")
            self._check(child)

    def _operands(self, node: ast.expr) -> list[ast.expr]:
        """The parts of an allowed node; anything else is refused here and nowhere else."""
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd, ast.Not)):
            return [node.operand]
        if isinstance(node, ast.BoolOp):
            return node.values
        if isinstance(node, ast.Compare) and all(type(op) in _COMPARE for op in node.ops):
            return [node.left, *node.comparators]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            low, high, _ = _FUNCTIONS.get(node.func.id, (0, -1, None))
            if low <= len(node.args) <= high:
                return node.args
            if node.func.id in _FUNCTIONS:
                wanted = f"{low}" if low == high else f"{low} to {high}"
                raise self._refusal(f"{node.func.id}() has {len(node.args)} arguments", f"give it {wanted}")
        raise self._refusal(
            f"{shown(ast.unparse(node))} is not allowed in a formula",
            "use columns, col('any name'), numbers, + - * / **, comparisons, and or not, " + ", ".join(_FUNCTIONS),
        )

    def numbers(self, columns: Columns, rows: int) -> np.ndarray:
        """The formula's value in every row.

        Returns
        -------
        (rows,) float64, all finite.

        Raises
        ------
        ConfigError: an unknown column (the nearest names are given).
        DataError: a value that is not finite, with their count and the first row.
        """
        with np.errstate(all="ignore"):
            value = self._value(self._tree, columns)
        if getattr(np.asarray(value).dtype, "kind", "f") not in "fiub":
            raise self._refusal("gives text, not numbers", "compare text with == or !=")
        out = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (rows,)))
        bad = np.flatnonzero(~np.isfinite(out))
        if bad.size:
            raise DataError(
                f"{shown(self.source)} is not finite in {bad.size} of {rows} rows, first in row {columns.row(bad[0])}",
                where=self.where,
                advice="look for a division by zero or a missing value, or use where(...)",
            )
        return out

    def condition(self, columns: Columns, rows: int) -> np.ndarray:
        """(rows,) bool: where the formula holds. No comparison with a missing number holds; a missing text is ''."""
        with np.errstate(all="ignore"):
            value = np.asarray(self._value(self._tree, columns))
        if value.dtype != np.bool_:
            raise self._refusal(f"{shown(self.source)} is not a condition", "compare something, e.g. balance > 0")
        return np.array(np.broadcast_to(value, (rows,)))

    def _value(self, node: ast.expr, columns: Columns) -> Any:
        name = _column(node)
        if name is not None:
            return self._read(columns.number, name, columns)
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.BinOp):
            return _ARITHMETIC[type(node.op)](self._value(node.left, columns), self._value(node.right, columns))
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, columns)
            if isinstance(node.op, ast.Not):
                return ~np.asarray(value, dtype=bool)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BoolOp):
            parts = [np.asarray(self._value(v, columns), dtype=bool) for v in node.values]
            return reduce(np.logical_and if isinstance(node.op, ast.And) else np.logical_or, parts)
        if isinstance(node, ast.Compare):
            return self._compare(node, columns)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return _FUNCTIONS[node.func.id][2](*(self._value(a, columns) for a in node.args))
        raise self._refusal(f"{shown(ast.unparse(node))} is not allowed", "use the documented parts")

    def _compare(self, node: ast.Compare, columns: Columns) -> np.ndarray:
        sides = [node.left, *node.comparators]
        as_text = any(isinstance(s, ast.Constant) and isinstance(s.value, str) for s in sides)
        values: list[Any] = []
        for side in sides:
            name = _column(side)
            if as_text and name is not None:
                values.append(self._read(columns.text, name, columns))
            elif as_text and not isinstance(side, ast.Constant):
                raise self._refusal(f"{shown(ast.unparse(node))} compares text with a calculation", "compare a column")
            else:
                values.append(
                    str(side.value) if as_text and isinstance(side, ast.Constant) else self._value(side, columns)
                )
        if as_text and any(not isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops):
            raise self._refusal(f"{shown(ast.unparse(node))} orders text", "compare text with == or !=")
        # a missing number is neither equal to nor different from anything: no comparison with it holds
        pairs = zip(node.ops, values[:-1], values[1:], strict=True)
        return reduce(np.logical_and, (np.asarray(_COMPARE[type(op)](a, b)) for op, a, b in pairs))

    def _read(self, reader: Callable[[str], np.ndarray], name: str, columns: Columns) -> np.ndarray:
        if name not in columns.names():
            raise ConfigError(
                f"there is no column {shown(name)}", where=self.where, advice=nearest(name, columns.names())
            )
        try:
            return reader(name)
        except DataError as error:
            raise DataError(error.what, where=f"{self.where}, {error.where}", advice=error.advice) from None


def _column(node: ast.AST) -> str | None:
    """The column a node reads: a bare name or `col('any name')`; None for every other node."""
    if isinstance(node, ast.Name):
        return None if node.id in _FUNCTIONS or node.id == "col" else node.id
    is_col = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "col"
    if is_col and len(node.args) == 1 and not node.keywords:  # type: ignore[attr-defined]
        argument = node.args[0]  # type: ignore[attr-defined]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    return None
