"""What the figures do not say."""

from __future__ import annotations

from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.named import pretty
from casestudies.report import Block, Heading, Note, Section, Text
from casestudies.workflow.sections.model_card import model_card

_USES = (
    "To choose what each customer is shown next, with a reason beside each item that the customer can check.",
    "To say beforehand how much better a personal list is than the same popular items for all, and what it costs in margin.",
)
_LIMITS = (
    "What was chosen is not what was liked, and what was never shown could not be chosen: the table carries the choices of "
    "whoever made the lists before. Only a test on customers shows what a list changes.",
    "Items without an interaction are known by their columns alone, and customers without a history get popular items; the "
    "list says which.",
    "A rating predicted for an item says what a customer would say of it, not that the list made the sale.",
    "Tastes and catalogues change: watch the adaptation chart, and fit again when it says that this paid.",
)


def limits_and_use(f: Findings) -> Section:
    blocks: list[Block] = [Heading("Use"), *(Text(text) for text in _USES), Heading("Limits")]
    if f.synthetic:
        blocks.append(
            Note(
                "The data are synthetic: made from a seed. Nothing here is about real people or a real shop.",
                "synthetic",
            )
        )
    blocks += [Text(text) for text in _LIMITS]
    if f.evaluation["users"] < 200:
        blocks.append(Note(f"Only {f.evaluation['users']} customers were judged; the intervals are wide.", "warning"))
    kept = "customers with their interactions, which the saved model needs for its lists"
    blocks += model_card(f, pretty(f.champion), names=kept, groups=("how active customers are",))
    return Section("limits", "Limits and use", tuple(blocks))
