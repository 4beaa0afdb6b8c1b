"""Which images teach, which choose, which judge: by patient, twins together, the classes and sites in even shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, shown
from casestudies.imaging.asked.auditing import Auditing, Splitting
from casestudies.imaging.audit.audited import Audit
from casestudies.imaging.audit.groups import levels
from casestudies.imaging.audit.leaks import Leaks, leaks, touching
from casestudies.imaging.films import UNKNOWN, Films

Rows = NDArray[np.intp]
FEW = 20  # diseased images of the test part; below it the interval of a sensitivity of 0.8 is 0.35 wide
SHOWN = 5  # pairs that a refusal names
_NONE_JUDGES = (
    "The images name parts of their own, none of which is to judge: these were set aside, and all parts drawn anew."
)
_STRATA = 12  # levels of a column, beyond which it does not stratify


@dataclass(frozen=True, eq=False)
class Parts:
    """Row numbers by what they are for, rising.

    Parameters
    ----------
    train: what networks and heads learn from. validation: what early stopping, ridge, temperature and cuts are chosen on.
    test: what judges, once. kind: "given" or "patients". sentence: how it was made, for the report.
    warnings: what the figures cannot say because of it. leak: patients or twins lie on both sides, by the user's will.
    few: too few diseased images judge for any ranking of models.
    """

    train: Rows
    validation: Rows
    test: Rows
    kind: str
    sentence: str
    warnings: tuple[str, ...] = ()
    leak: bool = False
    few: bool = False

    def told(self, films: Films) -> list[dict[str, Any]]:
        """Images, patients and diseased of each part."""
        names = {"train": self.train, "validation": self.validation, "test": self.test}
        return [
            {
                "part": name,
                "images": len(rows),
                "patients": len(set(films.patient[rows])) if films.patients_known else None,
                "diseased": int((films.label[rows] == 1).sum()),
            }
            for name, rows in names.items()
        ]


def divided(films: Films, audit: Audit, splitting: Splitting, auditing: Auditing, seed: int) -> Parts:
    """Divide the images; those without a label, and contradicting twins that are left out, teach nobody.

    given: the file's own parts. What its test part shares with the others is a leak. Where its validation part shares
    patients or twins with training, those images are left out of training; without one, it is drawn from training.
    patients: groups of patients and twins are drawn, in even shares of class, site and size of the group.

    Parameters
    ----------
    seed: of what is drawn.

    Raises
    ------
    DataError: patients or twins lie both in the test part and in what is learnt from, and `audit.allow_leak` is off; a
        part, or a class of a part, is empty; the file's parts are wanted and not there.
    """
    _both_classes(films)
    usable = films.label != UNKNOWN
    given = _wants_given(films, splitting)
    if given:
        parts, found = _given(films, audit, splitting, seed, usable)
        if found and not auditing.allow_leak:
            raise _refusal(found)
        if found:
            parts = replace(parts, leak=True, warnings=(_leak_words(found), *parts.warnings))
    else:
        parts = _drawn(films, audit, splitting, seed, usable)
    _filled(films, parts)
    if splitting.kind == "auto" and parts.kind == "patients" and (films.part.astype(str) != "").any():
        parts = replace(parts, warnings=(_NONE_JUDGES, *parts.warnings))
    parts = replace(parts, few=int((films.label[parts.test] == 1).sum()) < FEW)
    return replace(parts, warnings=(*parts.warnings, *_warnings(films, audit, parts)))


def _wants_given(films: Films, splitting: Splitting) -> bool:
    words = set(films.part.astype(str)) - {""}
    there = {"train", "test"} <= words
    if splitting.kind == "auto" and words and "train" not in words:
        named = " or ".join(sorted(words))
        raise DataError(
            f"every image that says its part is for {named}, and none is to train",
            where="data.split",
            advice="write train, validation or test for every image, or split.kind: patients, to draw the parts anew",
        )
    if splitting.kind == "given" and not there:
        raise DataError(
            "the images do not say which of them train and which test",
            where="split.kind: given",
            advice="name the column in data.split, or write split.kind: patients",
        )
    return there and splitting.kind != "patients"


def _given(
    films: Films, audit: Audit, splitting: Splitting, seed: int, usable: NDArray[np.bool_]
) -> tuple[Parts, Leaks]:
    words = films.part.astype(str)
    lost = np.flatnonzero(~np.isin(words, ("train", "validation", "test")) & usable)
    if len(lost):
        first = shown(films.names[lost[0]])
        raise DataError(
            f"{len(lost):,} images are in no part, first {first}",
            where="data.split",
            advice="write train, validation or test for every image, or split.kind: patients",
        )
    train, validation, test = (np.flatnonzero((words == name) & usable) for name in ("train", "validation", "test"))
    train, validation = (rows[~audit.left_out[rows]] for rows in (train, validation))
    how, cut = "as the file says", np.zeros(0, dtype=np.intp)
    if len(validation):
        cut = touching(films, audit.twins, validation, train)
        train = np.setdiff1d(train, cut)
    else:
        train, validation = _divide(films, audit, train, splitting.validation, np.random.default_rng(seed))
        how = "drawn from the training part, patients and twins together"
    found = leaks(films, audit.twins, test, np.concatenate([train, validation]))
    sentence = (
        f"The parts are the file's own: {len(test):,} images judge, {len(validation):,} choose settings, calibration and "
        f"cut ({how}), {len(train):,} train."
    )
    if len(cut):
        sentence += (
            f" {len(cut):,} training images whose patient or twin is in the validation part were left out of training."
        )
    notes: tuple[str, ...] = ()
    if found.alike:
        notes = (
            f"Pairs of a test image and another that look alike, but no more than films of one body part may: {found.alike:,}. "
            "They were not taken for twins.",
        )
    return Parts(train, validation, test, "given", sentence, notes), found


def _drawn(films: Films, audit: Audit, splitting: Splitting, seed: int, usable: NDArray[np.bool_]) -> Parts:
    rng = np.random.default_rng(seed)
    rest, test = _divide(films, audit, np.flatnonzero(usable), splitting.test, rng)
    train, validation = _divide(films, audit, rest[~audit.left_out[rest]], splitting.validation, rng)
    sizes = [len(np.unique(audit.groups[rows])) for rows in (train, validation, test)]
    whom = "patients" if films.patients_known else "images or groups of twins"
    site = _site(films)
    even = f"the classes and {site[0]}" if site is not None else "the classes"
    sentence = (
        f"{sizes[2]:,} {whom} with {len(test):,} images judge, {sizes[1]:,} with {len(validation):,} choose settings, "
        f"calibration and cut, {sizes[0]:,} with {len(train):,} train; drawn with seed {seed}, with {even} in even shares. "
        "Images of one patient, and twins, are never parted."
    )
    return Parts(train, validation, test, "patients", sentence)


def _divide(films: Films, audit: Audit, rows: Rows, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """`rows` without a share of their groups, and that share.

    Systematic drawing: groups are ordered by class, site and number of images, at random among equals, and every one at
    which the running share passes a whole number is taken. So each class and each site gets its share to within one group.
    """
    table = pd.DataFrame({"group": audit.groups[rows], "sick": films.label[rows] == 1})
    site = _site(films)
    table["site"] = "" if site is None else site[1].to_numpy()[rows]
    groups = table.groupby("group").agg(sick=("sick", "max"), site=("site", "first"), size=("sick", "size"))
    groups = groups.iloc[rng.permutation(len(groups))].sort_values(["sick", "site", "size"], kind="stable")
    running = np.floor(np.arange(len(groups) + 1) * share + rng.random())
    taken = np.isin(audit.groups[rows], groups.index[np.diff(running) > 0])
    return rows[~taken], rows[taken]


def _site(films: Films) -> tuple[str, pd.Series] | None:
    """The first column that figures are told by, where it has few levels: its name and them."""
    for column in films.groups[:1]:
        if column in films.table and (named := levels(films.table[column])) is not None:
            return (column, named) if 2 <= named.nunique() <= _STRATA else None
    return None


def _both_classes(films: Films) -> None:
    """Raises a DataError when there is nothing to tell apart."""
    for code in (0, 1):
        known = films.label != UNKNOWN
        if not (films.label == 1 - code).any():
            count, name = int(known.sum()), films.classes[code]
            raise DataError(
                f"all {count:,} labels are {shown(name)}" if count else "no image has a label",
                where="data.label",
                advice="a classifier needs both classes; to score images, use a saved model: casestudies predict",
            )


def _filled(films: Films, parts: Parts) -> None:
    """Raises a DataError when a part has no image, or none of a class."""
    for name, rows in (("train", parts.train), ("validation", parts.validation), ("test", parts.test)):
        for code in (0, 1):
            if not (films.label[rows] == code).any():
                raise DataError(
                    f"no image of class {shown(films.classes[code])} is left for the {name} part",
                    where=f"split.kind: {parts.kind}",
                    advice="use more patients, or change split.test, split.validation or audit.twins",
                )


def _refusal(found: Leaks) -> DataError:
    lines = list(found.lines())
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return DataError(
        f"the test part shares {found.count} with what is learnt from: {', '.join(lines[:SHOWN])}{more}",
        where="data.split",
        advice="write split.kind: patients, to draw parts that keep them together, or audit.allow_leak: true",
    )


def _leak_words(found: Leaks) -> str:
    return (
        f"LEAK: the test part shares {found.count} with what is learnt from, so {found.images:,} of the judged images were, "
        "in effect, seen in training. The figures flatter the model; audit.allow_leak let them stand."
    )


def _warnings(films: Films, audit: Audit, parts: Parts) -> Sequence[str]:
    """What the figures cannot say."""
    said = []
    if not films.patients_known:
        said.append(
            "It is not known which images are of one patient: each image is taken as a patient (twins are joined), and scores "
            "may be flattered."
        )
    if parts.few:
        sick = films.label[parts.test] == 1
        said.append(
            f"Only {int(sick.sum()):,} diseased images judge (below {FEW}): figures are told with their intervals, and no model "
            "is said to be better than another."
        )
    doubtful = int(audit.left_out[parts.test].sum())
    if doubtful:
        said.append(
            f"{doubtful:,} judged images have a twin with the other label: one of the two labels is wrong, and they count as "
            "they are."
        )
    largest = int(audit.told["largest_group"])
    if largest > len(films) / 4:
        said.append(
            f"One group of patients and twins holds {largest:,} of {len(films):,} images, all in one part; raise audit.twins if "
            "these films only share their anatomy."
        )
    return said
