"""What the figures do not say, and how to make them again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from casestudies.report import Block, Code, Heading, Note, Section, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.model_card import model_card
from casestudies.workflow.sections.rejects import rejects_blocks
from casestudies.workflow.sections.words import pretty


def limits_and_use(f: Findings, limits: Iterable[str], uses: Iterable[str]) -> Section:
    """What the figures do not say."""
    blocks: list[Block] = [Heading("Use"), *(Text(text) for text in uses), Heading("Limits")]
    if f.synthetic:
        blocks.append(
            Note(
                "The data are synthetic: made from a seed. Nothing here is about real people or a real lender.",
                "synthetic",
            )
        )
    blocks += [Text(text) for text in limits]
    if f.evaluation["events"] < 50:
        blocks.append(Note(f"Only {f.evaluation['events']} events were judged; the intervals are wide.", "warning"))
    data = f.settings.data
    kept = f"the judged rows, by {data.id}, in predictions.parquet" if data.id else "no row; judged rows are numbered"
    blocks += model_card(f, pretty(f, f.champion), names=kept, groups=tuple(data.protected))
    return Section("limits", "Limits and use", (*blocks, *rejects_blocks(f)))


def reproduce(f: Any) -> Section:
    """How to make the same figures again; f: the findings of any study."""
    command = f"casestudies run {f.study.name} --config config.yaml" + ("" if f.synthetic else " --data FILE")
    versions = ", ".join(f"{name} {version}" for name, version in f.result["versions"].items())
    return Section(
        "reproduce",
        "How to reproduce",
        (
            Text(
                "The run folder holds config.yaml with every setting and where it came from. The same settings, data and "
                "versions give the same figures, byte for byte, on one kind of processor."
            ),
            Code(command),
            Table(
                "What the figures rest on",
                ("", "Value"),
                (
                    ("Result", f.result["id"]),
                    ("Data, SHA-256", f.profile["source"]["sha256"]),
                    ("Seed", str(f.settings.seed)),
                    ("Versions", versions),
                ),
            ),
        ),
    )
