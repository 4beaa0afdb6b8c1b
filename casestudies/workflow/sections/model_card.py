"""The model card: what the model is for, what it rests on, and when to look at it again."""

from __future__ import annotations

from typing import Any

from casestudies.report import Block, Heading, Table


def model_card(f: Any, model: str, *, names: str, groups: tuple[str, ...] = ()) -> list[Block]:
    """One table; f: the findings of any study.

    model: the champion in words. names: what of the data the folder keeps by name. groups: columns it was examined by.

    Source: Mitchell et al. 2019, "Model cards for model reporting", as far as a run folder knows the answers.
    """
    card, source = f.study.card, f.profile["source"]
    made_up = "; made up by a generator, so what was learnt says nothing of real people" if f.synthetic else ""
    rows = (
        ("Answers", card.question),
        ("Decides", card.decision),
        ("Model", f"{model}, fitted on all rows after the figures were made"),
        ("Learnt from", f"{source['name']}, SHA-256 {source['sha256'][:16]}…{made_up}"),
        ("Judged on", f.profile["split"]),
        ("Came to", f.study.headline(f.metrics)),
        ("Examined by", ", ".join(groups) if groups else "no group was named (data.protected)"),
        ("Not for", "rows unlike those of the table: other places, times or ways of choosing whom it holds"),
        ("Keeps by name", names),
        ("Look again", "with outcomes that became known: casestudies evaluate RUN --data FILE says keep, recalibrate or refit"),
        ("Version", f"result {f.result['id']}, casestudies {f.result['versions']['casestudies']}, seed {f.settings.seed}"),
    )  # fmt: skip
    return [Heading("Model card"), Table("The model in short", ("", "What is known"), rows)]
