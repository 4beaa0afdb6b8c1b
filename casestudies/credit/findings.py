"""The credit report: the shared sections, and what is to be said about credit alone."""

from __future__ import annotations

from casestudies.report import Section
from casestudies.workflow import sections as shared
from casestudies.workflow.findings import Findings

_USES = (
    "To support the decision on applications like those in the table, by people who can see the reasons and overrule it.",
    "To compare a new rule with today's in money before it is used, and to find where the two differ.",
)
_LIMITS = (
    "Only applications whose outcome is known can be judged. If they had been accepted by an earlier rule, those it turned "
    "away are missing, and the figures do not speak for them.",
    "Costs are taken as given. They decide the cut, so an error in them is an error in the decision.",
    "The figures hold for applicants and times like those in the table. Watch the default rate and the scores of new "
    "applications, and run the study again when they move.",
    "A reason names what moved the score, not what caused the default.",
)


def sections(findings: Findings) -> tuple[Section, ...]:
    """The twelve sections of the report, from a run folder's findings."""
    return shared.sections(findings, limits=_LIMITS, uses=_USES)
