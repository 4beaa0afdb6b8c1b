"""What all parts of the lab say alike: findings, and the lines of Python that make a picture again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casestudies.optim import Finding
from casestudies.report import Block, Code, Note, Text


def diagnosed(runs: Iterable[tuple[str, Sequence[Finding]]]) -> list[Block]:
    """What the core's diagnosis says of each run, by its name: the words that the studies' reports have.

    A trouble that several have is told once, with the evidence of each.
    """
    told: dict[str, tuple[Finding, list[str]]] = {}
    quiet = []
    for name, findings in runs:
        if not findings:
            quiet.append(name)
        for one in findings:
            told.setdefault(one.code, (one, []))[1].append(f"{name}: {one.evidence}.")
    blocks: list[Block] = [
        Note(f"{one.what} {' '.join(evidence)} {one.advice}", "warning") for one, evidence in told.values()
    ]
    if quiet:
        blocks.append(Text(f"The diagnosis finds none of the troubles it knows in: {listed(quiet)}."))
    return blocks


def listed(names: Sequence[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def figure(value: float) -> str:
    """A number in a sentence."""
    return f"{value + 0.0:.3g}" if abs(value) < 1e3 else f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.2e}"


def lines(imports: str, call: str, picture: str) -> Code:
    """Five lines that compute the result and write the picture as a page of its own."""
    return Code(
        "import altair as alt\n"
        f"{imports}\n"
        f"found = {call}\n"
        f"figure = {picture}\n"
        'alt.Chart.from_dict(dict(figure.spec)).save("picture.html")'
    )
