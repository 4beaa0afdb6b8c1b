"""The recommendation study: what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from casestudies.metrics.ranking import names
from casestudies.recommendation import CARD
from casestudies.recommendation.activity import activity_told
from casestudies.recommendation.adaptation import adaptation_told
from casestudies.recommendation.conduct import conduct
from casestudies.recommendation.config import RecommendationSettings
from casestudies.recommendation.contract import CONTRACT
from casestudies.recommendation.coverage import coverage_told
from casestudies.recommendation.demo import demo, demo_files, example
from casestudies.recommendation.experiments.told import experiments_told
from casestudies.recommendation.findings import Findings
from casestudies.recommendation.judgements import judgements
from casestudies.recommendation.learning import learning_told
from casestudies.recommendation.listing import lists_told
from casestudies.recommendation.margin import margin_told
from casestudies.recommendation.predictor import RecommendationPredictor
from casestudies.recommendation.reading import check
from casestudies.recommendation.reasons import reasons_told
from casestudies.recommendation.report import sections
from casestudies.recommendation.sections.summary import in_lines
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.evaluated import evaluating
from casestudies.workflow.studies import Headline, Study, Words
from casestudies.workflow.tuned import Tuning

if TYPE_CHECKING:
    from casestudies.workflow.tuned.tunable import Tunable

WORDS = Words(
    event="choice",
    event_adjective="chosen",
    act="show",
    acted="shown",
    acting="showing",
    rest="leave out",
    rested="left out",
    resting="leaving out",
    row="interaction",
    rows="interactions",
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    return conduct(STUDY, request, writer)


def open_model(folder: RunFolder) -> RecommendationPredictor:
    return RecommendationPredictor.open(folder)


def _factorisations() -> Tunable:
    from casestudies.recommendation.tuned import FACTORISATIONS

    return FACTORISATIONS


def evaluated(study: Study) -> Study:
    """The study as it is for the folders of its evaluations."""
    from casestudies.recommendation.evaluated import conduct

    return evaluating(study, conduct, files=())


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=RecommendationSettings,
    contract=CONTRACT,
    demo=demo,
    example=example,
    run=run,
    sections=sections,
    open=open_model,
    files=("items", "users", "experiment"),
    questions={
        "lists": lists_told,
        "reasons": reasons_told,
        "activity": activity_told,
        "coverage": coverage_told,
        "margin": margin_told,
        "adaptation": adaptation_told,
        "experiments": experiments_told,
        "learning": learning_told,
    },
    findings=Findings.read,
    lines=in_lines,
    judgements=judgements,
    headlines=(Headline(r"ndcg_at_\d+", ahead="NDCG of the lists"), Headline("rmse", ahead="RMSE")),
    check=check,
    figures=lambda settings: names(settings.judging.k),
    demo_files=demo_files,
    verbs={"tune": Tuning(_factorisations), "evaluate": evaluated},
)
