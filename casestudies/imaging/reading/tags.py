"""Values of a DICOM header, as plain values or not at all: what a person typed never leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def text_of(data: Dataset, name: str) -> str:
    """Any text, to be compared with known ones and never passed on."""
    return str(data.get(name, "") or "").strip()


def code_of(data: Dataset, name: str, known: frozenset[str]) -> str:
    """A code that the standard defines; "" for all else, which may be anything a person typed."""
    text = text_of(data, name).upper()
    return text if text in known else ""


def whole_of(data: Dataset, name: str, default: int = 0) -> int:
    """A whole number; the default where it is none."""
    try:
        return int(data.get(name, default) or default)
    except (TypeError, ValueError):
        return default


def number_of(data: Dataset, name: str, default: float) -> float:
    """The first value of a number, of several windows the first."""
    value = data.get(name, default)
    try:
        return float(value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value)
    except (TypeError, ValueError, IndexError):
        return default
