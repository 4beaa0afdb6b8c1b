"""What the words of a report mean: those that occur in it, for the reader who is no statistician."""

from __future__ import annotations

import re
from collections.abc import Iterator

from casestudies.report.blocks import Code, Figure, Heading, Metrics, Note, Report, Section, Table, Text
from casestudies.report.gallery import Gallery, Picture

# Word: how it is written in a report (regular expressions of whole words), and what it means.
TERMS: dict[str, tuple[str, str]] = {
    "AUC": (r"AUC", "The chance that of one row with the event and one without, the model ranks the one with it higher: 0.5 is a coin, 1 perfect."),
    "AP": (r"AP|average precision", "Average precision: the precision at every rank of an event, averaged. A coin has the share of events."),
    "Baseline": (r"baselines?", "What needs no model: the same decision for everybody, or what is popular. A model that is no better is of no use."),
    "Bootstrap": (r"bootstraps?|resampled", "Drawing the judged rows again and again, with repeats, to see how far a figure moves by chance."),
    "Brier": (r"Brier", "The mean squared distance between stated probabilities and outcomes: 0 is perfect."),
    "Calibration": (r"calibrat\w+", "Stated probabilities match what is observed: of rows given 20 %, one in five has the event."),
    "Champion": (r"champion", "The model that was chosen, by a rule fixed before, on rows that do not judge it."),
    "Conformal set": (r"conformal", "An answer that may be one outcome, both or none, wrong no more often than was asked for."),
    "Confidence interval": (r"95 % intervals?", "A range that would hold the true figure in 95 of 100 such studies: how far it could be off by the luck of which rows judged it."),
    "Cross-validation": (r"cross-valid\w+|cross-fit\w+", "The rows are parted; each part is judged by a model that learnt from the others."),
    "Cut": (r"cut|threshold", "The probability from which one acts."),
    "Drift": (r"drift\w*", "New rows that differ from those the model learnt from."),
    "ECE": (r"ECE", "Expected calibration error: how far stated shares are from observed ones, on average over groups of like probability."),
    "Gini": (r"Gini", "Twice the AUC less one; of exposure: how unevenly the places of lists are shared out."),
    "Grad-CAM": (r"Grad-CAM", "A map of where in an image the network's score comes from."),
    "Held out": (r"held out|held-out", "Rows that no model and no choice has seen, and that judge the result."),
    "KS": (r"KS", "Kolmogorov-Smirnov: the largest distance between the score's distributions of the two outcomes."),
    "LIME": (r"LIME", "An explanation of one row: a simple model fitted to the answers around it. It varies with its random draws."),
    "Log loss": (r"log loss", "The mean penalty on probabilities, harsh on those that were sure and wrong; less is better."),
    "Log-odds": (r"log-odds", "The logarithm of the probability over its counterpart; what linear models add up."),
    "MAP": (r"MAP@\d+", "Mean average precision of lists."),
    "MRR": (r"MRR", "Mean reciprocal rank: one over the rank of the first good item in a list."),
    "NDCG": (r"NDCG(@\d+)?", "Quality of a list: chosen items count more the higher they stand; 1 is perfect."),
    "Net benefit": (r"net benefit", "Events found less false alarms at their price: what acting by the model is worth beside acting on all or none."),
    "Overfitting": (r"over-?fit\w*", "Learning the luck of the training rows: good there, worse on new ones."),
    "PSI": (r"PSI", "Population stability index: how far a column's distribution has moved; below 0.1 little, above 0.25 much."),
    "Penalty (L1, L2)": (r"L1|L2|penalt\w+", "What keeps coefficients small: L2 shrinks all of them, L1 leaves the useless ones out."),
    "Precision": (r"precision", "Of those acted on, the share that had the event."),
    "Recall": (r"recall|sensitivity", "Of those with the event, the share acted on; in medicine, sensitivity."),
    "RMSE": (r"RMSE", "Root of the mean squared error, in the unit of what is predicted."),
    "ROC": (r"ROC", "The curve of events caught against false alarms over all cuts."),
    "SHAP": (r"SHAP", "Each column's share in one prediction; the shares add up to it."),
    "SMOTE": (r"SMOTE", "Rare events multiplied by points made between neighbours."),
    "Specificity": (r"specificity", "Of those without the event, the share left alone."),
    "Standard error": (r"standard errors?", "How far an estimate is off by chance, typically."),
    "Uplift": (r"uplift", "What an action changes: the outcome with it less the outcome without."),
    "Weight of evidence": (r"weights? of evidence|WOE", "The log of how much more common a bin is among good than among bad rows."),
}  # fmt: skip
_MANY = 3  # terms; fewer need no section


def glossary(report: Report) -> Section | None:
    """The terms that stand in the report, with their meaning; None where there are hardly any."""
    words = "\n".join(_words(report))
    rows = tuple(
        (term, meaning)
        for term, (pattern, meaning) in sorted(TERMS.items(), key=lambda one: one[0].lower())
        if _pattern(pattern).search(words)
    )
    if len(rows) < _MANY:
        return None
    return Section("glossary", "Words used", (Table("What the words of this report mean", ("Word", "Meaning"), rows),))


def _pattern(ways: str) -> re.Pattern[str]:
    """Whole words; one that is written small may begin a sentence, names and abbreviations are as they are."""
    either = "|".join(f"(?i:{way})" if way[0].islower() else way for way in ways.split("|"))
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


def _words(report: Report) -> Iterator[str]:
    for block in report.blocks():
        match block:
            case Heading() | Text() | Note():
                yield block.text
            case Metrics():
                for item in block.items:
                    yield f"{item.label} {item.comment}"
            case Table():
                yield from _told(block)
            case Figure():
                yield block.caption
                if block.table is not None:
                    yield from _told(block.table)
            case Picture() | Gallery():
                yield block.caption
            case Code():
                continue


def _told(table: Table) -> Iterator[str]:
    """Its words, not its numbers."""
    yield table.caption
    yield " ".join(table.head)
    for row in table.rows:
        yield " ".join(cell for cell, numeric in zip(row, table.numeric, strict=True) if not numeric)
