"""The table seen from above: what its components are, and whether rows with the event lie apart from the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Heading, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import percent


def views_blocks(f: Findings) -> tuple[Block, ...]:
    """For the end of the section on the data."""
    told: Mapping[str, Any] = f.analysis.get("views", {})
    if not told:
        return ()
    words = f.study.words
    event = np.array(told["event"], dtype=bool)
    drawn = f"{len(event):,} {words.rows}, {int(event.sum()):,} of them with a {words.event}"
    return (
        Heading("The table from above", further=True),
        Text(f"{_components(told)} {_nearby(f, told)}"),
        charts.views(
            {
                "Principal components": np.array(told["pca"], dtype=float),
                "t-SNE": np.array(told["tsne"], dtype=float),
            },
            event,
            outcomes=(f"no {words.event}", words.event),
            caption=f"The same {drawn} (drawn, events more often): where the colours mix, these columns alone do not "
            "part the outcomes. In the map on the right (t-SNE, perplexity "
            f"{told['perplexity']:.0f}) only who is near whom means something: sizes of clusters and distances between them do not",
        ),
    )


def _components(told: Mapping[str, Any]) -> str:
    """What the components hold, and what they are made of."""
    first = told["components"]
    parts = []
    for number, one in zip(("first", "second"), first, strict=False):
        made_of = ", ".join(f"{n} ({load:+.2f})" for n, load in zip(one["columns"], one["loadings"], strict=True))
        parts.append(f"the {number} is mostly {made_of}")
    total = sum(one["share"] for one in first)
    return (
        f"The first {len(first)} principal components of the {told['width']} encoded columns hold {percent(total, 0)} of "
        f"their variation, and {told['needed']} are needed for 90 %: {'; '.join(parts)}."
    )


def _nearby(f: Findings, told: Mapping[str, Any]) -> str:
    """Whether rows with the event are among themselves."""
    words, near, other = f.study.words, told["near_event"], told["near_other"]
    if near is None or other is None:
        return ""
    return (
        f"Of the 10 {words.rows} most like one with a {words.event}, {percent(near, 0)} had a {words.event} too; of the 10 "
        f"most like one without, {percent(other, 0)} (among the drawn ones)."
    )
