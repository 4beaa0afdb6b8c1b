"""How far the explanations can be trusted: every test with its figure, its mark and what it says."""

from __future__ import annotations

from typing import Any

from casestudies.explain.deletion import FAITHFUL
from casestudies.explain.lime import STABLE
from casestudies.explain.quality import ADDS_UP
from casestudies.explain.sanity import ALIKE
from casestudies.report import Block, Note, Section, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import number, percent

_Row = tuple[str, str, str]


def explanation_quality(f: Findings) -> Section:
    """The tests of the explanations, and a warning for each that failed."""
    q = f.quality
    rows = (*_of_shap(q), *_of_lime(q))
    blocks: list[Block] = [
        Text(
            "An explanation is a claim about the model, so it is tested like one. None of these tests says that a column causes "
            "the outcome: they say whether the explanation tells what the model does."
        ),
        Table("Tests of the explanations", ("Test", "Result", "How to read it"), rows, (False, True, False)),
    ]
    if q["deletion"]["faithful"]:  # what failed is told as a warning below
        blocks.append(Text(f"The ranking is {q['deletion']['sentence']}."))
    if (labels := q.get("labels")) and labels["sound"]:
        blocks.append(Text(f"The explanation is {labels['sentence']}."))
    if found := q.get("recovery"):
        blocks += [Text(_capital(f"{found['sentence']}.")), _planted(found)]
    blocks += [Note(_capital(f"{text}."), "warning") for text in (*q["doubts"], *_unstable(f))]
    return Section("quality", "How far the explanations can be trusted", tuple(blocks))


def _of_shap(q: dict[str, Any]) -> list[_Row]:
    deletion, labels = q["deletion"], q.get("labels")
    one = deletion["k"] == 1
    columns = "the top column" if one else f"the top {deletion['k']} columns"
    rows = [
        (
            "Additivity",
            f"{q['additivity_error']:.1e}",
            f"largest gap between a score and the sum of its parts; 0 is exact, above {ADDS_UP:.0e} they are not to be trusted",
        ),
        (
            "Deletion",
            _times(deletion["ratio"]),
            f"effect of taking away {columns}, against as many at random; below {FAITHFUL:.0f} is not faithful",
        ),
    ]
    if "top_gap" in deletion:
        rows += [
            (
                "Deletion, best possible",
                _times(deletion["ceiling"]),
                "the same by the columns the score reacts to most",
            ),
            (
                "Insertion",
                f"{number(deletion['top_gap'], 2)} against {number(deletion['random_gap'], 2)}",
                f"distance from the score when only {columns} {'is' if one else 'are'} known, against as many at random; smaller is better",
            ),
        ]
    if labels is not None:
        rows += [
            (
                "Shuffled labels, size",
                percent(labels["size"], 0),
                f"of the effects when there is nothing to learn; {percent(ALIKE, 0)} and more is not sound",
            ),
            (
                "Shuffled labels, order",
                number(labels["alike"], 2),
                f"rank correlation with the effects without anything to learn; {ALIKE} and more is not sound",
            ),
        ]
    return rows


def _of_lime(q: dict[str, Any]) -> list[_Row]:
    between = q["agreement"]
    return [
        (
            "LIME, stability",
            number(q["lime_jaccard"], 2),
            f"share of the top columns that repeated draws have in common; below {STABLE} is unstable",
        ),
        ("LIME, fit", number(q["lime_r2"], 2), "share of the score's variation nearby that a straight line explains"),
        ("SHAP and LIME, overlap", number(between["overlap"], 2), "share of the top columns that both name"),
        ("SHAP and LIME, sign", percent(between["sign"], 0), "share of these with the same direction"),
        ("SHAP and LIME, order", number(between["spearman"], 2), "rank correlation of all effects"),
    ]


def _planted(found: dict[str, Any]) -> Table:
    rows = tuple(
        (what, str(number_), "not read" if place is None else str(place))
        for number_, (what, place) in enumerate(zip(found["planted"], found["place"], strict=True), 1)
    )
    head = ("Planted in the demo", "place by its strength", "place by the explanation")
    return Table("What the made-up outcome depends on, and what the explanation found", head, rows, (False, True, True))


def _unstable(f: Findings) -> list[str]:
    """LIME over the cases of the report: one sentence where it wavers."""
    wavering = [case["row"] for case in f.cases if "lime" in case and case["lime"]["jaccard"] < STABLE]
    if not wavering:
        return []
    rows = f"row{'s' * (len(wavering) > 1)} {', '.join(f'{row:,}' for row in wavering)}"
    return [f"LIME is unstable for {rows}: its order of columns changes from one draw to the next"]


def _times(ratio: float | None) -> str:
    return "random moves nothing" if ratio is None else f"{number(ratio, 1)} times"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
