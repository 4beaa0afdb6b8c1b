"""Column names as a file gives them, made so that each can be typed and means one column."""

from __future__ import annotations

from collections.abc import Sequence

from casestudies.errors import DataError, shown


def tidy_names(raw: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names without outer or repeated spaces, none empty, each once; and a sentence for each change.

    An empty name becomes `column 3` by its place, the second `amount` becomes `amount (2)`.
    """
    names: list[str] = []
    notes: list[str] = []
    trimmed = [" ".join(name.replace("\ufeff", "").split()) for name in raw]
    if changed := sum(a != b for a, b in zip(raw, trimmed, strict=True)):
        first = next(b for a, b in zip(raw, trimmed, strict=True) if a != b)
        notes.append(f"trimmed spaces from column names: {changed:,}, the first {shown(first)}")
    if empty := [place for place, name in enumerate(trimmed, 1) if not name]:
        notes.append(f"columns without a name, named by their place: {len(empty):,}, the first 'column {empty[0]}'")
    taken = set(trimmed)
    for place, name in enumerate(trimmed, 1):
        wanted = name or f"column {place}"
        final, count = wanted, 1
        while final in names or (final != name and final in taken):
            count += 1
            final = f"{wanted} ({count})"
        if name and final != name:
            notes.append(f"renamed a further {shown(name)} (column {place}) to {shown(final)}")
        names.append(final)
    return names, tuple(notes)


def chosen_names(wanted: Sequence[str] | None, found: Sequence[str], where: str) -> tuple[list[str], tuple[str, ...]]:
    """`data.read.names` where given, else the tidied names of the file.

    Raises
    ------
    DataError: `wanted` has more or fewer names than the file has columns.
    """
    if wanted is None:
        return tidy_names(found)
    if len(wanted) != len(found):
        raise DataError(
            f"data.read.names has {len(wanted):,} names, the file {len(found):,} columns",
            where=where,
            advice="write one name for each column",
        )
    return list(wanted), ("column names taken from data.read.names",)
