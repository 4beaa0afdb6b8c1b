"""The churn study: what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.churn import CARD
from casestudies.churn.arms import campaigns_named
from casestudies.churn.campaign import campaign_told
from casestudies.churn.config import ChurnSettings
from casestudies.churn.contract import CONTRACT
from casestudies.churn.demo import PLANTED, demo
from casestudies.churn.findings import sections
from casestudies.churn.framings import framings_told
from casestudies.churn.lastcampaign import lastcampaign_told
from casestudies.churn.predictor import ChurnPredictor
from casestudies.churn.segments import segments_told
from casestudies.churn.snapshot import snapshot_table
from casestudies.churn.tryout import levers, tried_blocks
from casestudies.churn.uplift import uplift_told
from casestudies.churn.value import value_of
from casestudies.churn.valued import value_told
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.conduct import conduct
from casestudies.workflow.evaluated import evaluating
from casestudies.workflow.studies import Study, Tryout, Words
from casestudies.workflow.tuned import TUNE_TABLES

WORDS = Words(
    event="departure",
    event_adjective="leaving",
    act="contact",
    acted="contacted",
    acting="contacting",
    rest="skip",
    rested="skipped",
    resting="skipping",
    row="customer",
    rows="customers",
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    return conduct(STUDY, request, writer)


def open_model(folder: RunFolder) -> ChurnPredictor:
    return ChurnPredictor.open(folder, ChurnSettings, WORDS)


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=ChurnSettings,
    contract=CONTRACT,
    demo=demo,
    run=run,
    sections=sections,
    open=open_model,
    files=("transactions",),
    table=snapshot_table,
    extend=value_of,
    ahead=campaigns_named,
    planted=PLANTED,
    questions={
        "value": value_told,
        "campaign": campaign_told,
        "framings": framings_told,
        "segments": segments_told,
        "uplift": uplift_told,
        "lastcampaign": lastcampaign_told,
    },
    tryout=Tryout("Try another offer, or another budget", levers, tried_blocks),
    verbs={"evaluate": evaluating, "tune": TUNE_TABLES},
)
