"""What SMOTE before the split pretends on ULB's payments, and what treatments of rare events are worth in earnest."""

from __future__ import annotations

import tempfile
from typing import Any

from benchmarks.credit.data import folder
from benchmarks.fraud.ulb import FILE
from benchmarks.record import ROOT
from benchmarks.rows import Measurement
from casestudies.models.imbalance import PLAIN

TEXT = (
    "The study's own two questions on ULB's sample. First the same rows and the same trees three times: SMOTE before the split, "
    "as tutorials show it, so that made-up frauds stand between frauds of both sides and half of the judged rows are fraud; "
    "SMOTE inside the training folds; and the rows as they are. F1 at the cut 1/2. Then every treatment with each row's own "
    "threshold, and with one cut tuned on training rows, in money: a missed fraud costs its amount, an alert 10 EUR; less "
    "is better, and differences to the plain model are paired. Scores of resampled rows that nobody has corrected are no "
    "probabilities: the study refuses them at own thresholds; their figures there are shown for the lesson. Cost: rows weigh "
    "what is at stake in them, so that rows of next to nothing teach next to nothing, and their corrected probabilities are "
    "poor. Rows are drawn evenly from both classes, since SMOTE's distances grow with their square. "
)
_HEAD = ["", "F1", "AP", "AUC"]
_WAYS = {
    "before": "SMOTE before the split: pretended",
    "inside": "SMOTE inside the training folds",
    "plain": "rows as they are",
}


def measure(rounds: int = 1_000, *, quick: bool = False) -> Measurement:
    """Both questions of one run."""
    pretended, bench = _told(rounds, quick=quick)
    lines = [[words, *(f"{pretended[way][key]:.3f}" for key in ("f1", "ap", "auc"))] for way, words in _WAYS.items()]
    caption = f"ULB, {pretended['rows']:,} of {pretended['of']:,} rows ({pretended['events']} frauds), {pretended['folds']} folds"
    return [
        {"caption": f"{caption}: what SMOTE before the split pretends", "head": _HEAD, "rows": lines},
        {
            "caption": f"ULB, {bench['rows']:,} of {bench['of']:,} rows: treatments of rare events",
            "head": [
                "treatment",
                "scores",
                "decision",
                "savings",
                "EUR a row less the plain model's (95 %)",
                "AP",
                "ECE",
            ],
            "rows": [line for entry in bench["lines"] for line in _treated(entry)],
        },
    ], {}


def _treated(entry: dict[str, Any]) -> list[list[str]]:
    names = {"own": "each row's own threshold", "cut": "one tuned cut"}
    out = []
    for decision, told in entry["decisions"].items():
        trained = not entry["corrected"]
        refused = decision == "own" and trained and entry["treatment"] != PLAIN
        less = f"{told['difference']:+.3f} ({told['low']:+.3f} to {told['high']:+.3f})"
        scores = "as trained" if trained else "corrected"
        words = names[decision] + (" (refused)" if refused else "")
        out.append(
            [
                entry["treatment"],
                scores,
                words,
                f"{told['savings']:.3f}",
                less,
                f"{entry['ap']:.3f}",
                f"{entry['ece']:.4f}",
            ]
        )
    return out


def _told(rounds: int, *, quick: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """analysis/pretended.json and analysis/imbalance.json of the example."""
    import casestudies

    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    more = ["analyse=[pretended, imbalance]", "report.formats=[]", "explain.rows=50", "explain.lime.samples=200"]
    more += [f"interval.rounds={rounds}", "model.candidates=[logistic]"]
    with tempfile.TemporaryDirectory() as runs:
        run = casestudies.run(
            "fraud", place / FILE, ROOT / "examples/ulb_creditcard.yaml", overrides=more, runs=runs, variables={}
        )
        return run.folder.read_json("analysis/pretended.json"), run.folder.read_json("analysis/imbalance.json")
