"""LightGBM's model text, which any LightGBM reads, and one last line of JSON with what LightGBM does not keep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from casestudies.errors import DataError

_OURS = "casestudies:"  # starts the line we add; LightGBM's own readers skip it
_FORMAT = 1


def seal(trees: str, ours: Mapping[str, Any]) -> str:
    """LightGBM's text `trees` with our line: the given entries, a format number and a checksum of the trees."""
    trees = trees.rstrip() + "\n"
    line = {"format": _FORMAT, **ours, "sha256": _digest(trees)}
    return f"{trees}{_OURS}{json.dumps(line, sort_keys=True, default=int)}\n"


def unseal(text: str, *, where: str, kind: str) -> tuple[str, dict[str, Any]]:
    """LightGBM's text and the entries of our line.

    The checksum is compared before LightGBM sees the trees, since its reader ends the whole process when one is cut
    short (tried on 4.7.0).

    Raises
    ------
    DataError: `text` is cut short, changed, or not ours; `where` (the file) and the `kind` of model are named.
    """
    trees, mark, line = text.rpartition(_OURS)
    try:
        ours = json.loads(line) if mark else {}
        whole = ours["format"] == _FORMAT and ours["sha256"] == _digest(trees)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise damaged(where, kind)
    return trees, ours


def damaged(where: str, kind: str) -> DataError:
    """What is said of a text that is not as it was written."""
    return DataError(
        f"not a whole {kind} model: cut short, changed, or of another version",
        where=where,
        advice="take the file as it was written",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
