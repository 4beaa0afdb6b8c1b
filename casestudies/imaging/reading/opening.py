"""From `data.path`, or the embedded demo, to images that a study can begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from casestudies.errors import ConfigError
from casestudies.imaging.films import Films
from casestudies.imaging.preparation import Facts, Preparation
from casestudies.imaging.reading.classes import labelled
from casestudies.imaging.reading.columns import CATEGORY, NUMBER
from casestudies.imaging.reading.labels import refuse_unknown
from casestudies.imaging.reading.reader import SIDE, Read, read_films
from casestudies.tabular.problems import Problems
from casestudies.tabular.read import Source
from casestudies.workflow.checking import CheckedTable
from casestudies.workflow.studies import Study

LABELS, FEATURES = "labels", "features"


@dataclass(frozen=True, eq=False)
class Loaded:
    """Images ready to be audited. synthetic: the embedded demo, or files that say so of themselves."""

    read: Read
    synthetic: bool


@contextmanager
def opened(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> Iterator[Loaded]:
    """Read images, or draw those of the demo.

    Raises
    ------
    As `read_films`.
    """
    if path is None and LABELS in files:
        what = "labels are given, and no images"
        raise ConfigError(
            what, where="data.path", advice="write the folder of the images, or a .zip or .npz file of them"
        )
    if path is None:
        yield Loaded(_demo(settings), True)
    else:
        embedded = FEATURES in files and files[FEATURES].suffix != ".safetensors"
        read = read_films(path, files.get(LABELS), settings, embedded=embedded)
        yield Loaded(read, read.synthetic)


def check(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> CheckedTable:
    """What `casestudies check` and the Data page are told."""
    with opened(study, settings, path, files) as loaded:
        read = loaded.read
        rows = 0 if read.problems.errors else len(read.films)
        reads = {column: role for role, column in read.columns.items()}
        reads |= dict.fromkeys(read.films.history, "history")
        return CheckedTable(read.source, rows, read.problems, read.notes, reads, "column", loaded)


def _demo(settings: Any) -> Read:
    """The invented films, under the settings that would read them from files."""
    from casestudies.imaging.demo import demo_films

    films, data, problems = demo_films(settings.demo.rows, settings.seed), settings.data, Problems()
    refuse_unknown(settings, ["file", "label", "patient", "mask", *films.table.columns], "the demo has")
    preparation = Preparation.asked(settings, SIDE)
    films, notes = _of_view(films, preparation)
    films = _sized(films, preparation)
    digest = hashlib.sha256(np.ascontiguousarray(films.pixels).tobytes() + films.label.tobytes()).hexdigest()
    kinds = tuple(
        sorted((str(name), NUMBER if films.table[name].dtype.kind in "fiu" else CATEGORY) for name in films.table)
    )
    given = data.model_fields_set
    films = replace(
        films,
        history=tuple(dict.fromkeys(data.history)) if "history" in given else films.history,
        groups=tuple(dict.fromkeys(data.groups)) if "groups" in given else films.groups,
    )
    if data.positive is not None:
        told = labelled([films.classes[label] for label in films.label], data.positive, data.negative, problems)
        films = replace(films, label=told.label, classes=told.classes)
    drawn = f"{len(films):,} SYNTHETIC images of {len(set(films.patient)):,} patients who do not exist"
    source = Source(
        "imaging_demo", digest, films.pixels.nbytes, "drawn", None, None, None, None, len(films), films.table.shape[1]
    )
    columns = {role: getattr(data, role) for role in ("file", "label", "patient", "mask") if getattr(data, role)}
    return Read(films, problems, source, (drawn, *notes), replace(preparation, kinds=kinds), columns, (), True)


def _of_view(films: Films, preparation: Preparation) -> tuple[Films, tuple[str, ...]]:
    """The films of the view that is wanted, as the reader keeps them, and what is to be said of it."""
    notes = []
    if preparation.modalities:
        notes.append(
            "reading.modalities looks at DICOM headers, which the demo's films have not: it leaves none of them out"
        )
    if preparation.view is not None:
        kept = films.table["view"].str.upper().to_numpy() == preparation.view.upper()
        if not kept.any():
            there = ", ".join(sorted(films.table["view"].unique()))
            what = f"no film of the demo is of the view {preparation.view}; there are {there}"
            raise ConfigError(what, where="reading.view", advice="write one of these, or leave it out")
        notes.append(f"{int((~kept).sum()):,} images are left out: their view is not {preparation.view}")
        films = films.take(kept)
    return films, tuple(notes)


def _sized(films: Films, preparation: Preparation) -> Films:
    """At another side, or in three channels, as the demo's files would be read."""
    if films.side == preparation.side and films.channels == preparation.channels:
        return films
    facts = Facts("array", 8, black=0.0, white=1.0)
    pixels = np.stack([preparation.prepare(image[0], facts) for image in films.pixels])
    masks = None if films.masks is None else np.stack([preparation.prepare_mask(mask, facts) for mask in films.masks])
    spacing = films.facts["spacing"] * (films.side / preparation.side)
    return replace(films, pixels=pixels, masks=masks, facts=films.facts.assign(spacing=spacing))
