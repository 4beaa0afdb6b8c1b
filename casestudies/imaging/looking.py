"""Images at a glance, before anything is learnt: the table of what is known of each, and the first of each class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.reader import SIDE
from casestudies.imaging.reading.sources import Found, found_at
from casestudies.imaging.reading.taking import taken
from casestudies.report import Block, Gallery, Picture, film_png
from casestudies.tabular.problems import Problems
from casestudies.tabular.read import Source, Table
from casestudies.workflow.studies import Look

_EACH, _CLASSES = 4, 4  # images of a class; classes


def look(settings: Any, path: Path | None, files: Mapping[str, Path]) -> Look:
    """The labels as a table of text cells, and some images of each class as the network will see them.

    path: None is the demo.

    Raises
    ------
    DataError: nothing is there, or no image can be read. ConfigError: a setting names a column that is not there.
    """
    if path is None:
        return _demo(settings)
    features = files.get("features")
    embedded = features is not None and features.suffix != ".safetensors"
    found = found_at(path, files.get("labels"), settings, Problems(), training=False, embedded=embedded)
    table = found.labels.table if found.labels is not None else _table(path, found)
    fixed = found.labels is None
    if found.plan.blind:
        return Look(table, fixed=fixed)
    words = found.plan.words or [""] * len(found.plan.names)
    rows = _first(words)
    some, reading = found.plan.take(rows), settings.reading
    preparation = Preparation(
        side=reading.side or SIDE,
        channels=settings.model.channels,
        window=reading.window,
        most_pixels=reading.most_pixels,
    )
    got = taken(some, preparation, settings.run.memory_mb, free=True)
    pictures = [
        (got.pixels[place], some.names[row], words[rows[row]], got.facts[place].synthetic)
        for place, row in enumerate(got.rows)
    ]
    return Look(table, _gallery(pictures), fixed)


def _demo(settings: Any) -> Look:
    from casestudies.imaging.demo import demo, demo_films

    frame = demo(settings.demo.rows, settings.seed).frame.astype(str)
    source = Source("imaging_demo", "", 0, "drawn", None, None, None, None, len(frame), frame.shape[1])
    rows = _first(list(frame["label"]))
    films = demo_films(max(rows) + 1, settings.seed)
    pictures = [(films.pixels[row], str(films.names[row]), str(frame["label"][row]), True) for row in rows]
    return Look(Table(frame, source, np.arange(2, 2 + len(frame))), _gallery(pictures))


def _table(path: Path, found: Found) -> Table:
    """Of images without a table: what their places say of them."""
    plan = found.plan
    frame = pd.DataFrame({"file": plan.names, "label": plan.words or "", "split": plan.part}).astype(str)
    if plan.patient is not None:
        frame["patient"] = plan.patient
    told = frame.loc[:, (frame != "").any()]
    source = Source(
        path.name, "", found.bytes, found.form, None, None, None, None, len(told), told.shape[1], tuple(plan.notes)
    )
    return Table(told, source, np.arange(1, 1 + len(told)))


def _first(words: list[str]) -> list[int]:
    """Rows of the first images of each class, in their order."""
    known = pd.Series(words)
    classes = list(dict.fromkeys(known))[:_CLASSES]
    chosen = [np.flatnonzero(known == one)[:_EACH] for one in classes]
    return [int(row) for row in np.concatenate(chosen)] if chosen else []


def _gallery(pictures: list[tuple[Any, str, str, bool]]) -> tuple[Block, ...]:
    if not pictures:
        return ()
    shown = tuple(
        Picture(
            film_png(pixels),
            f"{word or 'no label'} · {name}",
            alt=f"The image {name}" + (f", labelled {word}" if word else ""),
            synthetic=synthetic,
        )
        for pixels, name, word, synthetic in pictures
    )
    caption = "Some images of each class, as the network will see them: look whether they are upright, cut out and bright as they should be"
    return (Gallery(shown, caption, columns=_EACH),)
