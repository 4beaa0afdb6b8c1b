"""The embedded example: films of 600 patients who do not exist. SYNTHETIC.

What is planted stands in `synthetic.drawing` and is kept in its `Drawn`, so that tests can ask whether it is found:

1. half of what is read as cancer is a mass with spicules, the rest a cluster of fine calcifications; one in ten looks benign, and the reverse;
2. age, density, family history and an earlier biopsy carry a modest risk of their own; some were never asked for;
3. site B has less dose, more blur and less gain, and as many diseased as site A, unless a shortcut is asked for;
4. one to four films a patient, who must not be split up.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile

import pandas as pd

from casestudies.imaging import synthetic
from casestudies.imaging.films import Films
from casestudies.imaging.synthetic import drawing
from casestudies.imaging.synthetic.exporting import film_png, mask_png
from casestudies.imaging.synthetic.lesions import NORMAL
from casestudies.workflow.studies import Demo, Example

PATIENTS = 600
_EXAMPLE, _FOLDER = 40, "films"  # of a template

DEFAULTS = {
    "data": {
        "file": "file",
        "label": "label",
        "positive": synthetic.CLASSES[1],
        "patient": "patient",
        "history": ["age", "family_history", "prior_biopsy"],
        "groups": ["site", "density", "age"],
        "mask": "mask",
    },
    "augment": {"orientation": "any"},
    "decide": {"prevalence": 0.006},
    "frame": {
        "goal": "call back the patients whose films show an early cancer, and as few others as possible (invented)",
        "unit": "one film of 32 mm by 32 mm; a patient has one to four",
        "label_means": "whether the patient was drawn to have a cancer, which each of their films then shows",
        "excluded": "everybody: no film is of a real patient",
        "decided_by": "a reader, who sees the film; the probability only says which films to look at again",
    },
}


def demo(rows: int | None, seed: int) -> Demo:
    """The table of labels of `rows` films (of all 600 patients when None) as text cells, with the config that reads them."""
    shown = list(_planned(rows, seed))
    known = drawing.table(shown)
    text = pd.DataFrame(
        {
            "file": [shot.name for shot in shown],
            "label": [synthetic.CLASSES[shot.who.ill] for shot in shown],
            "patient": [shot.who.pseudonym for shot in shown],
            "mask": ["" if shot.kind == NORMAL else f"masks/{shot.name}" for shot in shown],
        }
    )
    for name in known:
        cells = known[name]
        text[name] = cells if cells.dtype.kind != "f" else cells.map("{:.0f}".format).where(cells.notna(), "")
    return Demo(text, DEFAULTS)


def demo_films(rows: int | None, seed: int) -> Films:
    """The films of that table, row by row."""
    return synthetic.films(PATIENTS, seed=seed) if rows is None else drawing.first(rows, seed)


def demo_images(rows: int | None, seed: int) -> dict[str, bytes]:
    """{file name: PNG} of that table: the films, and under masks/ where their lesions are."""
    films = demo_films(rows, seed)
    masks = demo(rows, seed).frame["mask"]
    images = {str(name): film_png(films, row) for row, name in enumerate(films.names)}
    return images | {name: mask_png(films, row) for row, name in enumerate(masks) if name}


def example() -> Example:
    """Forty films with their labels; so few patients are divided into nearly even parts."""
    from casestudies.workflow.load import demo_csv

    files = {"labels.csv": demo_csv(demo(_EXAMPLE, 0).frame), **demo_images(_EXAMPLE, 0)}
    named = {f"{_FOLDER}/{name}": content for name, content in files.items()}
    return Example(_FOLDER, named, {"split": {"test": 0.4, "validation": 0.5}})


def _planned(rows: int | None, seed: int) -> Iterator[drawing.Shot]:
    endless = drawing.shots(seed)
    return takewhile(lambda shot: shot.who.number <= PATIENTS, endless) if rows is None else islice(endless, rows)
