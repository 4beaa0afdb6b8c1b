"""The settings of the credit study: those of every table study, with nothing of its own."""

from __future__ import annotations

from typing import Literal

from casestudies.workflow.models import ModelSettings


class CreditSettings(ModelSettings):
    """Credit risk: one application a row, act = decline."""

    study: Literal["credit"] = "credit"
