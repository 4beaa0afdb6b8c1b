"""Names in a table, and the files they mean: exactly, else in another case, from another folder, without the ending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ".pnm", ".dcm", ".dicom", ".bmp")


def matched(cells: Sequence[str], names: Sequence[str]) -> tuple[list[str | None], str]:
    """The file that each cell means; None where none does, or where several could.

    A cell written as a file is means that file. Of the others, in any case: the file whose path ends as the cell does, as
    far as the two go; then the same without the endings of images.

    Returns
    -------
    files: (cells,) names or None. way: how those were found that are not written as the files are; "" = all are.
    """
    there = set(names)
    wanted = [_plain(cell) for cell in cells]
    found: list[str | None] = [cell if cell in there else None for cell in wanted]
    ways = []
    for bare, words in ((False, "by the ends of their paths"), (True, "without their endings")):
        left = [row for row, file in enumerate(found) if file is None]
        if not left:
            break
        ends = Counter(end for name in names for end in _ends(name, bare=bare))
        by_end = {end: name for name in names for end in _ends(name, bare=bare) if ends[end] == 1}
        for row in left:
            found[row] = next((by_end[end] for end in _ends(wanted[row], bare=bare) if end in by_end), None)
        if any(found[row] is not None for row in left):
            ways.append(words)
    return found, " and ".join(ways)


def _ends(name: str, *, bare: bool) -> Iterator[str]:
    """benign/A.png: "benign/a.png", "a.png"; the longest first."""
    text = name.casefold()
    if bare:
        # a number such as 1.2.840.1 has no ending
        text = next((text.removesuffix(ending) for ending in _ENDINGS if text.endswith(ending)), text)
    parts = text.split("/")
    for start in range(len(parts)):
        if end := "/".join(parts[start:]):
            yield end


def _plain(cell: str) -> str:
    """A path as the names are written: "/" between folders, nothing before the first."""
    text = cell.strip().replace("\\", "/")
    while text.startswith(("./", "/")):
        text = text.removeprefix("./").removeprefix("/")
    return text
