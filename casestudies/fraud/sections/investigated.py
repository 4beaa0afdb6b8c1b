"""The warning that labels exist only for what somebody looked at, where the figures stand that it concerns."""

from __future__ import annotations

from casestudies.report import Block, Heading, Note
from casestudies.tabular.problems import Code
from casestudies.workflow.findings import Findings


def investigated_blocks(f: Findings) -> tuple[Block, ...]:
    """One warning for each sign that was found in the table; () where there is none."""
    said = f.problems[(f.problems["code"] == Code.INVESTIGATED.value) & (f.problems["severity"] == "warning")]
    blocks: list[Block] = [Heading("Whose labels these are")] if len(said) else []
    for problem in said.to_dict("records"):
        column = f"The column {problem['column']} " if problem["column"] else ""
        rule = problem["rule"] if column else problem["rule"][:1].upper() + problem["rule"][1:]
        blocks.append(Note(f"{column}{rule}. What to do: {problem['advice']}.", "warning"))
    return tuple(blocks)
