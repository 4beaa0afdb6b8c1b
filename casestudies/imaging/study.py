"""The imaging study: what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from casestudies.errors import MissingExtra
from casestudies.imaging import CARD
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.contract import CONTRACT
from casestudies.imaging.demo import demo, example
from casestudies.imaging.findings import Findings
from casestudies.imaging.judgements import judgements
from casestudies.imaging.looking import look
from casestudies.imaging.reading import check
from casestudies.imaging.report import sections
from casestudies.imaging.sections.summary import in_lines
from casestudies.imaging.tryout import TRYOUT
from casestudies.runs import RunFolder, RunWriter
from casestudies.workflow.evaluated import evaluating
from casestudies.workflow.studies import Headline, Study, Words
from casestudies.workflow.tuned import Tuning

if TYPE_CHECKING:
    from casestudies.workflow.tuned.tunable import Tunable

WORDS = Words(
    event="disease",
    event_adjective="diseased",
    act="call back",
    acted="called back",
    acting="calling back",
    rest="do not call back",
    rested="not called back",
    resting="not calling back",
    row="image",
    rows="images",
)
FIGURES = (
    *("auc", "sensitivity", "specificity", "cost", "savings", "log_loss", "brier", "ece", "accuracy", "cost_at_half"),
    *("sens_at_spec", "spec_at_sens", "ppv", "npv"),
    *("patient_auc", "patient_sensitivity", "patient_specificity", "patient_cost", "patient_savings"),
)


def run(request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder; returns what its manifest says beside the writer's own entries."""
    if CARD.missing:
        raise MissingExtra(CARD.library, CARD.extra, where="imaging")
    from casestudies.imaging.conduct import conduct  # torch is loaded by those who train

    return conduct(STUDY, request, writer)


def open_model(folder: RunFolder) -> Any:
    if CARD.missing:
        raise MissingExtra(CARD.library, CARD.extra, where="imaging")
    from casestudies.imaging.predictor import ImagingPredictor

    return ImagingPredictor.open(folder)


def _networks() -> Tunable:
    from casestudies.imaging.tuned import NETWORKS

    return NETWORKS


def evaluated(study: Study) -> Study:
    """The study as it is for the folders of its evaluations."""

    def lazily(*given: Any) -> Mapping[str, Any]:
        from casestudies.imaging.evaluated import conduct  # torch is loaded by those who judge

        return conduct(*given)

    return evaluating(study, lazily)


STUDY = Study(
    card=CARD,
    words=WORDS,
    settings=ImagingSettings,
    contract=CONTRACT,
    demo=demo,
    run=run,
    sections=sections,
    open=open_model,
    files=("labels", "features"),
    tryout=TRYOUT,
    findings=Findings.read,
    lines=in_lines,
    judgements=judgements,
    headlines=(Headline("patient_auc", ahead="AUC of patients"), Headline("auc", ahead="AUC")),
    check=check,
    figures=lambda settings: FIGURES,
    folders=True,
    libraries=("torch", "pydicom", "pillow", "scikit-image"),
    example=example,
    look=look,
    types=("zip", "npz"),
    file_types={"features": ("safetensors",)},
    verbs={"tune": Tuning(_networks), "evaluate": evaluated},
)
