"""The fraud report: the shared sections, and what is to be said about fraud alone."""

from __future__ import annotations

from casestudies.fraud.sections.alerts import alerts_blocks, alerts_headline
from casestudies.fraud.sections.investigated import investigated_blocks
from casestudies.fraud.sections.novelty import novelty_blocks
from casestudies.fraud.sections.pretended import pretended_blocks
from casestudies.fraud.sections.rules import rules_blocks
from casestudies.report import Section
from casestudies.workflow import sections as shared
from casestudies.workflow.findings import Findings

_USES = (
    "To rank transactions for people who look at them, by the money that is expected to be saved.",
    "To compare rules with a model at the same number of alerts, and to find the rules that could go.",
)
_LIMITS = (
    "A label is what was found out. Fraud that nobody reported counts as legitimate, and where only alerted transactions are "
    "looked at, the model learns what the old rules saw.",
    "Fraud changes because it is fought. Figures of past windows say how fast; watch them, and fit again when they fall.",
    "Costs are taken as given. A false alarm also costs a customer's patience, if the price says so.",
    "A reason names what moved the score; it is no proof.",
)


def sections(findings: Findings) -> tuple[Section, ...]:
    """The sections of the report, from a run folder's findings."""
    return shared.sections(
        findings,
        limits=_LIMITS,
        uses=_USES,
        own={
            "summary": [alerts_headline],
            "performance": [investigated_blocks, alerts_blocks],
            "method": [pretended_blocks],
            "cost": [rules_blocks, novelty_blocks],
        },
    )
