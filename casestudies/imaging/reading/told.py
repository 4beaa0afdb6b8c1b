"""What is to be said of the images that were read: sizes, grey values, sides turned round, films left out."""

from __future__ import annotations

from collections import Counter

import numpy as np

from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.taking import Taken
from casestudies.tabular.problems import KEPT, Code, Problem, Problems

_DARK = 1 / 16  # of the grey range: films that use less of it seem to have another window


def notes_of(found: Taken) -> list[str]:
    """A sentence each."""
    if not found.pixels.size:
        return []
    facts, prepared, rows = found.facts, found.preparation, len(found.rows)
    notes = [_formats(found), _sizes(found, prepared)]
    for many, words in (
        (sum(told.inverted for told in facts), "have 0 for white (MONOCHROME1) and are turned round"),
        (sum(told.coloured for told in facts), "have coloured marks, which are read as grey"),
        (sum(told.raw for told in facts), "are made for processing, not for reading; do not mix the two kinds"),
        (sum(told.synthetic for told in facts), "say of themselves that they are SYNTHETIC, no patient"),
        (found.masks_lost, "have a mask that cannot be read or is of another size, and count as having none"),
        (_dark(found), "use less than a sixteenth of their grey range; reading.window: percentile would spread it"),
    ):
        if many:
            notes.append(f"{many:,} of {rows:,} images {words}")
    kinds = Counter(told.modality for told in facts if told.modality)
    if len(kinds) > 1:
        listed = ", ".join(f"{many:,} {kind}" for kind, many in kinds.most_common())
        notes.append(f"films of several modalities are mixed ({listed}); reading.modalities keeps some of them")
    if any(told.assumed for told in facts) and prepared.window == "file":
        notes.append(f"16-bit images are read as {prepared.bits} bits, by their greatest value")
    left = Counter(skipped.reason for skipped in found.skipped if not skipped.unread)
    notes += [f"{many:,} images are left out: {reason}" for reason, many in left.most_common(3)]
    return [note for note in notes if note]


def say_unread(found: Taken, problems: Problems, most: float | None) -> None:
    """Every image that could not be read, and whether they are too many to go on.

    most: share of the images beyond which it is an error; None = never.
    """
    unread = [skipped for skipped in found.skipped if skipped.unread]
    if not unread:
        return
    tried = len(found.rows) + len(found.skipped)
    for skipped in unread[:KEPT]:
        rule = f"{skipped.name}: {skipped.reason}; skipped, {len(unread):,} of {tried:,}"
        problems.add(Problem(Code.UNREADABLE, "warning", rule, count=len(unread)))
    if most is not None and len(unread) > most * tried:
        first = unread[0]
        rule = f"{len(unread):,} of {tried:,} images cannot be read, more than audit.unread ({most:.0%}), first {first.name}: {first.reason}"
        problems.add(
            Problem(Code.UNREADABLE, "error", rule, "take them away, or raise audit.unread", count=len(unread))
        )


def _formats(found: Taken) -> str:
    counts = Counter(told.format for told in found.facts)
    words = {name: "images of an .npz file" if name == "array" else f"{name} images" for name in counts}
    return "read: " + ", ".join(f"{many:,} {words[name]}" for name, many in counts.most_common())


def _sizes(found: Taken, prepared: Preparation) -> str:
    sizes = Counter(map(tuple, found.sizes.tolist()))
    (height, width), _ = sizes.most_common(1)[0]
    what = f"{len(sizes):,} sizes, most often {width} x {height}" if len(sizes) > 1 else f"{width} x {height} pixels"
    longest = found.sizes.max(axis=1)
    how = "kept" if len(sizes) == 1 and height == width == prepared.side else "brought"
    padded = " the aspect kept and black padded" if (found.sizes[:, 0] != found.sizes[:, 1]).any() else ""
    enlarged = int((longest < prepared.side).sum())
    more = f"; {enlarged:,} of them are enlarged" if enlarged else ""
    if how == "kept":
        return f"images have {what}, as the network sees them"
    return f"images have {what}, brought to {prepared.side} x {prepared.side}{',' + padded if padded else ''}{more}"


def _dark(found: Taken) -> int:
    """Films that use little of their range, the padding aside."""
    flat = found.pixels.reshape(len(found.rows), -1)
    return int((np.ptp(flat, axis=1) < _DARK).sum())
