"""Since the last run: its figures beside those of this one, and which settings are others."""

from __future__ import annotations

from casestudies.report import Block, Heading, Table, Text
from casestudies.workflow.compared import Compared
from casestudies.workflow.sections.compared import figures_table, in_a_sentence, setting_said

_NAMES = ("Then", "Now")


def since_blocks(told: Compared) -> tuple[Block, ...]:
    """For the end of the summary.

    Parameters
    ----------
    told: the earlier run and this one, in this order.
    """
    before, now = told.members
    (pair,) = told.pairs
    results = (str(before.told.result["id"]), str(now.told.result["id"]))
    blocks: list[Block] = [Heading("Since the last run")]
    if results[0] == results[1]:
        return (*blocks, Text(f"Nothing: settings, data and versions are those of the last run (result {results[0]})."))
    sentence = in_a_sentence(told, pair, ("the last run", "this run"))
    said = f"{sentence[0].upper()}{sentence[1:]}"
    blocks.append(Text(" ".join([said, *pair.sentences, f"The last run's result is {results[0]}."])))
    if pair.differences:
        blocks.append(figures_table(told, pair, _NAMES))
    return (*blocks, _settings(told))


def _settings(told: Compared) -> Block:
    """What was set otherwise, as far as it can change a figure."""
    ids = [member.run.id for member in told.members]
    rows = tuple(
        (key, *(setting_said(values.get(name), name in values) for name in ids))
        for key, values in told.config.items()
        if not key.startswith(("report.", "run."))
    )
    if not rows:
        return Text(
            "Every setting is the same; what differs comes of the data, the versions or the time that has passed."
        )
    return Table("Settings that are others than in the last run", ("Setting", *_NAMES), rows)
