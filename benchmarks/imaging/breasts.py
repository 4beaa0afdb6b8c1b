"""BUSI ultrasound images and mini-MIAS mammograms: small sets on which an interval says more than a figure."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.imaging import data
from benchmarks.imaging.running import Ran, ran, with_ends
from benchmarks.optim.comparison import Table
from benchmarks.rows import Measurement

SPLITS = 5
BUSI = (
    "BUSI (Al-Dhabyani et al. 2020), 780 images brought to 64 pixels a side, malignant against benign and normal. Patients are "
    "not known; the audit joins near-duplicates (twins), which are never split up. Five splits by seed, each with its own three "
    "networks, all settings as they come, nothing chosen on this set; the images were reduced without keeping their aspect by "
    "whoever made the file. Each interval is that of one split's test images (1000 bootstrap rounds over images, twins among them "
    "counted as if they were not, which makes it a little narrow); the splits overlap, so the spread between them is no interval "
    "of the mean. Published figures on BUSI mostly split twins and are not "
    "comparable. "
)
MIAS = (
    "mini-MIAS (Suckling et al. 1994): patches of 64 pixels (51 mm) around the findings whose place is known, malignant against "
    "benign, the 256-pixel films of 0.8 mm a pixel. Split by patient (films 2n - 1 and 2n are a pair), five splits by seed, three "
    "networks each, settings as they come but for the orientation (patches: any). Limits: a little over a hundred findings teach "
    "and judge together, at a resolution at which single calcifications are not seen, on digitised film of the 1990s, at places "
    "that somebody else had found. Found is nothing: every interval holds a half; all five lie below it, but they share "
    "most of their patches and are one experiment rather than five. Logistic regression on five plain figures of a patch (brightness, "
    "spread, contrast of its middle, roughness, share of black) has 0.39 to 0.55 in cross-validation by patient: there is little "
    "to be learnt from so few patches, and a model from them must not be used. "
)
_LEAN = ("report.formats=[]", "analyse=[]")


def busi(splits: int = SPLITS, more: Sequence[str] = ()) -> Measurement:
    overrides = ["data.positive=malignant", "split.kind=patients", *_LEAN, *more]
    return [_splits(data.busi(), overrides, splits, "BUSI, 64 pixels")], {}


def mias(splits: int = SPLITS, more: Sequence[str] = ()) -> Measurement:
    overrides = ["data.positive=malignant", "data.groups=[tissue]", "augment.orientation=any", *_LEAN, *more]
    with tempfile.TemporaryDirectory() as name:
        count = data.patches(Path(name))
        return [_splits(Path(name), overrides, splits, f"mini-MIAS, {count} patches")], {}


def _splits(path: Path, overrides: Sequence[str], splits: int, what: str) -> Table:
    rows, values, spent = [], [], []
    for seed in range(splits):
        with ran(path, overrides, seed) as one:
            rows.append(_line(one, seed))
            values.append([one.figure(name)["value"] for name in ("auc", "accuracy", "sens_at_spec")])
            spent.append(one.cpu)
    mean, spread = np.mean(values, axis=0), np.std(values, axis=0, ddof=min(1, splits - 1))
    told = [f"{m:.4f} (SD of splits {s:.4f})" for m, s in zip(mean, spread, strict=True)]
    rows.append(["**mean**", "", "", told[0], told[1], told[2], f"{np.mean(spent):.1f}"])
    head = ["split", "test images, patients", "of them malignant", "AUC", "accuracy at 0.5",
            "sensitivity at 90 % specificity", "CPU s, all"]  # fmt: skip
    return {"caption": f"{what}: mean of {splits} splits, three networks each", "head": head, "rows": rows}


def _line(one: Ran, seed: int) -> list[str]:
    told = one.json("evaluation.json")
    counted = f"{told['images']}, {told['patients']}"
    figures = [with_ends(one.figure(name)) for name in ("auc", "accuracy", "sens_at_spec")]
    return [str(seed), counted, str(told["positives"]), *figures, f"{one.cpu:.1f}"]
