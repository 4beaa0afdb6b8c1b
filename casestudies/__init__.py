"""From a company's table to a decision in money, explained and reported.

>>> import casestudies
>>> run = casestudies.run("credit")          # doctest: +SKIP
>>> run.metrics["champion"]                  # doctest: +SKIP

Nothing heavy is imported here: `casestudies.run` and `casestudies.open_run` load what they need when they are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "open_run", "run", "tune"]

if TYPE_CHECKING:
    from casestudies.api import Run, open_run, run, tune


def __getattr__(name: str) -> Any:
    if name in {"Run", "open_run", "run", "tune"}:
        from casestudies import api

        return getattr(api, name)
    raise AttributeError(f"module 'casestudies' has no attribute {name!r}")
