"""The machine that the suite runs on."""

from __future__ import annotations

from typing import Any


def examine_installation() -> dict[str, Any]:
    """Versions, extras and the machine; what is missing and how to get it."""
    from casestudies.workflow.doctor import examine

    return examine()
