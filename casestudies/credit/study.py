"""The credit study: what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.credit import CARD
from casestudies.credit.config import CreditSettings
from casestudies.credit.contract import CONTRACT
from casestudies.credit.demo import PLANTED, demo
from casestudies.credit.findings import sections
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.conduct import conduct
from casestudies.workflow.evaluated import evaluating
from casestudies.workflow.predictor import TablePredictor
from casestudies.workflow.studies import Study, Words
from casestudies.workflow.tuned import TUNE_TABLES

WORDS = Words(
    event="default",
    event_adjective="bad",
    act="decline",
    acted="declined",
    acting="declining",
    rest="accept",
    rested="accepted",
    resting="accepting",
    row="application",
    rows="applications",
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    return conduct(STUDY, request, writer)


def open_model(folder: RunFolder) -> TablePredictor:
    return TablePredictor.open(folder, CreditSettings, WORDS)


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=CreditSettings,
    contract=CONTRACT,
    demo=demo,
    run=run,
    sections=sections,
    open=open_model,
    planted=PLANTED,
    verbs={"evaluate": evaluating, "tune": TUNE_TABLES},
)
