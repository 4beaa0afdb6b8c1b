"""The model card as a section."""

from __future__ import annotations

from typing import Any

from casestudies.report import Heading, Note, Section, Text


def limits_and_use(f: Any) -> Section:
    """Use, data, model, figures and limits in sentences; f: a `findings.Findings`."""
    parts = dict(f.analysis["card"]["parts"])
    blocks: list[Any] = []
    if f.synthetic:
        blocks.append(Note("SYNTHETIC, no patient: every image was drawn by a generator.", "synthetic"))
    for heading, sentences in parts.items():
        blocks += [Heading(heading), *(Text(sentence) for sentence in sentences)]
    return Section("limits", "Model card: use and limits", tuple(blocks))
