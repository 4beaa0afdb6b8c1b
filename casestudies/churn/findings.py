"""The churn report: the shared sections, and what is to be said about retention alone."""

from __future__ import annotations

from casestudies.churn.sections.campaign import campaign_blocks, campaign_details
from casestudies.churn.sections.framings import framings_blocks
from casestudies.churn.sections.lastcampaign import lastcampaign_blocks
from casestudies.churn.sections.segments import segments_blocks
from casestudies.churn.sections.uplift import uplift_blocks
from casestudies.churn.sections.value import value_blocks
from casestudies.report import Section
from casestudies.workflow import sections as shared
from casestudies.workflow.findings import Findings

_USES = (
    "To choose whom a campaign contacts and with which offer, within its budget, by people who know the customers.",
    "To say what a customer's loss costs, and what the attempt to prevent it may cost at most.",
)
_LIMITS = (
    "Who is likely to leave is not who can be kept. Unless a past randomised campaign is in the data, acceptance is an "
    "assumption: keep a control group and read the campaign back.",
    "The value of a customer is an estimate; where it is wrong, so is the list.",
    "The figures hold for customers, prices and competitors like those in the table. Run the study again when they change.",
    "A reason names what moved the score, not what makes a customer leave.",
)


def sections(findings: Findings) -> tuple[Section, ...]:
    """The sections of the report, from a run folder's findings."""
    return shared.sections(
        findings,
        limits=_LIMITS,
        uses=_USES,
        own={
            "summary": [campaign_blocks],
            "method": [value_blocks],
            "cost": [campaign_details, framings_blocks, segments_blocks, uplift_blocks, lastcampaign_blocks],
        },
    )
