"""The fraud study: what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.fraud import CARD
from casestudies.fraud.alerts import alerts_told
from casestudies.fraud.config import FraudSettings
from casestudies.fraud.contract import CONTRACT
from casestudies.fraud.demo import PLANTED, demo
from casestudies.fraud.features import extend
from casestudies.fraud.findings import sections
from casestudies.fraud.investigated import investigated_problems
from casestudies.fraud.novelty import novelty_told
from casestudies.fraud.predictor import FraudPredictor
from casestudies.fraud.pretended import pretended_told
from casestudies.fraud.rules import rules_told
from casestudies.fraud.tryout import TRYOUT
from casestudies.fraud.windows import fraud_windows_told
from casestudies.fraud.words import worded
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.conduct import conduct
from casestudies.workflow.evaluated import evaluating
from casestudies.workflow.studies import Study, Words
from casestudies.workflow.tuned import TUNE_TABLES

WORDS = Words(
    event="fraud",
    event_adjective="fraudulent",
    act="alert",
    acted="alerted",
    acting="alerting",
    rest="pass",
    rested="passed",
    resting="passing",
    row="transaction",
    rows="transactions",
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    return conduct(STUDY, request, writer)


def open_model(folder: RunFolder) -> FraudPredictor:
    return FraudPredictor.open(folder, FraudSettings, WORDS, worded)


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=FraudSettings,
    contract=CONTRACT,
    demo=demo,
    run=run,
    sections=sections,
    open=open_model,
    extend=extend,
    worded=worded,
    planted=PLANTED,
    doubts=investigated_problems,
    questions={
        "windows": fraud_windows_told,
        "alerts": alerts_told,
        "rules": rules_told,
        "novelty": novelty_told,
        "pretended": pretended_told,
    },
    tryout=TRYOUT,
    verbs={"evaluate": evaluating, "tune": TUNE_TABLES},
)
