"""The public sets of images: where they lie, and mini-MIAS cut into patches around its findings."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.credit.data import folder

SIDE = 64  # of a patch, in pixels of the 256 x 256 films: 51 mm
_SCALE = 4  # Info.txt counts pixels of 1024 x 1024 films, from the bottom left
_LINE = re.compile(r"^(mdb(\d{3})) +([FGD]) +([A-Z]{4})(?: +([BM])(?: +(\d+) +(\d+)(?: +(\d+))?)?)?")
_CLASSES = {"B": "benign", "M": "malignant"}


@dataclass(frozen=True)
class Finding:
    """A line of Info.txt with a finding whose place is known. row, column: its centre in the 256 x 256 film."""

    film: str
    pair: int
    tissue: str
    kind: str
    label: str
    row: float
    column: float


def pneumonia() -> Path:
    return place() / "pneumoniamnist/pneumoniamnist.npz"


def busi() -> Path:
    return place() / "busi/busi_gray128.npz"


def findings(text: str) -> list[Finding]:
    """Those of Info.txt that have a place; five lines have a class and none."""
    found = []
    for line in text.splitlines():
        seen = _LINE.match(line)
        if seen is None or seen[6] is None:
            continue
        row = 256 - 1 - int(seen[7]) / _SCALE
        pair = (int(seen[2]) + 1) // 2  # films 2n - 1 and 2n are of one patient
        found.append(Finding(seen[1], pair, seen[3], seen[4], _CLASSES[seen[5]], row, int(seen[6]) / _SCALE))
    return found


def patch(film: np.ndarray, row: float, column: float, side: int = SIDE) -> np.ndarray:
    """(side, side) around a centre; black beyond the film."""
    wide = np.pad(film, side)
    top, left = (round(centre) + side - side // 2 for centre in (row, column))
    return wide[top : top + side, left : left + side]


def patches(folder: Path) -> int:
    """Write the patches and labels.csv (file, label, patient, tissue, kind); returns how many there are."""
    source = place() / "mini_mias"
    found = findings((source / "Info.txt").read_text(encoding="latin-1"))
    films = {one.film: np.asarray(Image.open(source / f"png256/{one.film}.png")) for one in found}
    rows = []
    for number, one in enumerate(found):
        name = f"{one.film}_{number:03d}.png"
        Image.fromarray(patch(films[one.film], one.row, one.column)).save(folder / name)
        rows.append([name, one.label, f"pair {one.pair}", one.tissue, one.kind])
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["file", "label", "patient", "tissue", "kind"], *rows])
    return len(rows)


def place() -> Path:
    """The folder of the public data sets.

    Raises
    ------
    SystemExit: there is none.
    """
    found = folder()
    if found is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    return found
