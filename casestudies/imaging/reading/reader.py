"""Images of a stranger's folder, archive or .npz file to `Films`, with every choice that was made on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, shown
from casestudies.imaging.films import UNKNOWN, Films
from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.beside import facts_of, source_of, view_words, with_header
from casestudies.imaging.reading.classes import Labelled, labelled
from casestudies.imaging.reading.columns import typed
from casestudies.imaging.reading.labels import Labels, named_columns
from casestudies.imaging.reading.patients import pseudonyms
from casestudies.imaging.reading.planned import Planned
from casestudies.imaging.reading.sources import found_at
from casestudies.imaging.reading.taking import Skipped, Taken, taken
from casestudies.imaging.reading.told import notes_of, say_unread
from casestudies.tabular.problems import Code, Problem, Problems
from casestudies.tabular.read import Source

SIDE, _LEAST_SIDE = 64, 16  # pixels, where nothing else is said
_MANY = 20  # films with one id in all their headers: the id was taken away, and names nobody


@dataclass(frozen=True, eq=False)
class Read:
    """Images that were read, and everything to be said of it.

    columns: {role: the labels' column}. skipped: images that could not be read, or are of another view or modality.
    synthetic: some files say of themselves that there is no patient.
    """

    films: Films
    problems: Problems
    source: Source
    notes: tuple[str, ...]
    preparation: Preparation
    columns: Mapping[str, str]
    skipped: tuple[Skipped, ...] = ()
    synthetic: bool = False


def read_films(
    path: Path, labels: Path | None, settings: Any, *, training: bool = True, embedded: bool = False
) -> Read:
    """Read images and what is known of them.

    Parameters
    ----------
    path: a folder, a .zip of one, an .npz file, or one image. labels: a table with one row an image; None = labels.csv there,
        else folders named after classes. settings: `ImagingSettings`.
    training: False: labels need not be there. embedded: the images' embeddings lie in another file, so that `path` may be the
        table alone; there are no pixels then.

    Returns
    -------
    Read. What has to be mended before anything is learnt is in `problems`; where labels have to be, no image was read yet.

    Raises
    ------
    DataError: no image can be read, or nothing says what they show. ConfigError: a setting names a column that is not there.
    """
    return _Reading(path, labels, settings, training, embedded).done(Preparation.asked(settings, SIDE), free=True)


def read_new(
    path: Path, preparation: Preparation, settings: Any, labels: Path | None = None, *, embedded: bool = False
) -> Read:
    """New images as those of training were read; labels are not needed, a table may tell patients and history.

    embedded: as of `read_films`.

    Raises
    ------
    DataError: no image can be read.
    """
    return _Reading(path, labels, settings, False, embedded).done(preparation, free=False)


@dataclass(eq=False)
class _Reading:
    """One reading, step by step."""

    path: Path
    table: Path | None
    settings: Any
    training: bool
    embedded: bool
    problems: Problems = field(default_factory=Problems)

    def done(self, preparation: Preparation, *, free: bool) -> Read:
        """free: whether the side and the bits may follow the images; else they are those of training."""
        found = found_at(
            self.path, self.table, self.settings, self.problems, training=self.training, embedded=self.embedded
        )
        plan = found.plan
        if self.training and found.labels is None:
            for key, column in named_columns(self.settings)[:1]:
                what = f"there is no table of labels, and so no column {shown(column)}"
                raise ConfigError(what, where=key, advice="write data.files: {labels: <your table>}, or leave it out")
        if free and plan.side is not None and self.settings.reading.side is None:
            preparation = replace(preparation, side=min(preparation.side, max(plan.side, _LEAST_SIDE)))
        plan, told = self._labelled(plan)
        there = len(plan.names)
        if self.problems.errors:
            plan = plan.take([])
        views = view_words(plan, found.labels)
        got = taken(plan, preparation, self.settings.run.memory_mb, free=free, views=views)
        say_unread(got, self.problems, self.settings.audit.unread if self.training else None)
        if not got.rows and not self.problems.errors:
            reason = f", first {got.skipped[0].name}: {got.skipped[0].reason}" if got.skipped else ""
            raise DataError(f"no image could be read{reason}", where=self.path.name)
        films, kinds = self._films(plan, told, found.labels, preparation, got)
        return Read(
            films=films,
            problems=self.problems,
            source=source_of(self.path, found, got, len(got.rows) if len(plan.names) else there),
            notes=(*plan.notes, *(found.labels.notes if found.labels else ()), *notes_of(got)),
            preparation=replace(got.preparation, kinds=kinds),
            columns=dict(found.labels.columns) if found.labels else {},
            skipped=got.skipped,
            synthetic=any(facts.synthetic for facts in got.facts),
        )

    def _labelled(self, plan: Planned) -> tuple[Planned, Labelled]:
        """Labels of the images that have one, and the plan of these; of new images those that can be told."""
        data = self.settings.data
        unknown = Labelled(np.full(len(plan.names), UNKNOWN, dtype=np.int8), ("0", "1"))
        if plan.words is None and not self.training:
            return plan, unknown
        if plan.words is None:
            rule = "nothing says what an image shows: no column could be told to hold the label"
            self.problems.add(Problem(Code.COLUMN_MISSING, "error", rule, "write data.label: <your column>"))
            return plan, unknown
        # what is odd about the labels of new images is no one's problem
        told = labelled(plan.words, data.positive, data.negative, self.problems if self.training else Problems())
        if not self.training:
            return plan, told
        if self.problems.errors:
            return plan, told
        known = told.label != UNKNOWN
        self._say_left_out(plan, known)
        rows = np.flatnonzero(known)
        return plan.take(rows.tolist()), replace(told, label=told.label[rows])

    def _say_left_out(self, plan: Planned, known: NDArray[np.bool_]) -> None:
        words = np.array(plan.words, dtype=object)
        empty, other = int((words == "").sum()), int((~known & (words != "")).sum())
        for many, rule in (
            (empty, f"{empty:,} images have no label, and are left out"),
            (
                other,
                f"{other:,} images are of classes named neither in data.positive nor in data.negative, and are left out",
            ),
        ):
            if many:
                self.problems.add(Problem(Code.LABEL_MISSING, "warning", rule, count=many))

    def _films(
        self, plan: Planned, told: Labelled, labels: Labels | None, preparation: Preparation, got: Taken
    ) -> tuple[Films, tuple[tuple[str, str], ...]]:
        plan = plan.take(got.rows)
        label = told.label[np.array(got.rows, dtype=np.intp)]
        self._say_one_class(label, told)
        patient, known = self._patients(plan, got)
        decimal = (labels.table.source.decimal if labels else None) or "."
        history, groups = (labels.history, labels.groups) if labels else ((), ())
        table, kinds = typed(plan.beside, dict(preparation.kinds), decimal, history, self.problems)
        table = with_header(table, labels, got)
        films = Films(
            pixels=got.pixels,
            names=np.array(plan.names, dtype=object),
            label=label,
            patient=patient,
            patients_known=known,
            part=np.array(plan.part, dtype=object),
            table=table,
            facts=facts_of(got),
            history=history,
            groups=groups,
            masks=got.masks,
            classes=told.classes,
        )
        return films, tuple(sorted(kinds.items()))

    def _say_one_class(self, label: NDArray[np.int8], told: Labelled) -> None:
        if self.training and len(label) and len(np.unique(label)) == 1 and not self.problems.errors:
            rule = f"all {len(label):,} images that can be read are {told.classes[int(label[0])]!r}: a classifier needs both"
            self.problems.add(Problem(Code.LABEL_VALUES, "error", rule, "look at the images that cannot be read"))

    def _patients(self, plan: Planned, got: Taken) -> tuple[NDArray[Any], bool]:
        """Pseudonyms, by the table, else by the headers; and whether anything says whose the images are."""
        ids = plan.patient or [facts.patient for facts in got.facts]
        alone = plan.patient is None and len(ids) > _MANY and len(set(ids)) == 1  # the header names one for all
        if alone:
            ids = [""] * len(ids)
        known, lacking = any(ids), sum(not who for who in ids)
        if not known and len(ids) and self.training:
            rule = "no column says which images are of one patient: each is taken as a patient, and the figures may be flattered"
            self.problems.add(Problem(Code.NO_PATIENT, "warning", rule, "write data.patient: <your column>"))
        elif known and lacking:
            rule = f"{lacking:,} images name no patient, and each is taken as a patient of its own"
            self.problems.add(Problem(Code.NO_PATIENT, "warning", rule, "fill the column", count=lacking))
        return pseudonyms(ids), known
