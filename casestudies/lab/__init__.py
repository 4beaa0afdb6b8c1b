"""The optimiser lab: small fits that show why a method works or fails, as plain values; `sections` puts them into words and pictures.

All of it goes through the optimisation core, so what the lab shows is what the studies' fits meet.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from casestudies.errors import MissingExtra


def __getattr__(name: str) -> Any:
    """A module of this room; most stand on torch, and say so where it is missing."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"{__name__}.{name}":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
        raise MissingExtra(f"{error.name}", "torch", where="the optimiser lab") from error
