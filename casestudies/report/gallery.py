"""Pictures in a report: films and the maps that lie over them, with words for those who do not see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from casestudies.report.picture import clean_png, png_size

MADE_UP = "SYNTHETIC, no patient"  # under every picture that a generator drew
OPACITY = 0.6  # of an overlay where nobody has chosen another; in print always
MOST_COLUMNS = 6


@dataclass(frozen=True)
class Picture:
    """One picture with its caption; a reader of the page chooses how strongly its overlay shows.

    Parameters
    ----------
    png: PNG bytes, at most 500 kB and 2,000 x 2,000 pixels; kept without their metadata.
    caption: what to see. alt: what both layers show, for those who do not see them; the caption where it is empty.
    overlay: PNG of the same size that lies over it, a heat map say, transparent where it says nothing.
    synthetic: a generator drew it, and that is said under it; `numbered` sets it throughout a synthetic report.

    Raises
    ------
    ConfigError: one of the two is no PNG, damaged or too large. ValueError: their sizes differ.
    """

    png: bytes
    caption: str
    alt: str = ""
    overlay: bytes | None = None
    synthetic: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "png", clean_png(self.png, where="report picture"))
        if self.overlay is not None:
            object.__setattr__(self, "overlay", clean_png(self.overlay, where="report overlay"))
            if png_size(self.overlay) != png_size(self.png):
                raise ValueError(f"an overlay of {png_size(self.overlay)} pixels over {png_size(self.png)}")

    def labelled(self, label: str, synthetic: bool) -> Self:
        return replace(self, label=label, synthetic=self.synthetic or synthetic)


@dataclass(frozen=True)
class Gallery:
    """Small pictures in rows of `columns`, under one caption; one slider moves all their overlays.

    Raises
    ------
    ValueError: no picture, or columns outside 1 to 6.
    """

    pictures: tuple[Picture, ...]
    caption: str
    columns: int = 4
    label: str = ""

    def __post_init__(self) -> None:
        if not self.pictures or not 1 <= self.columns <= MOST_COLUMNS:
            raise ValueError(
                f"{len(self.pictures)} pictures in {self.columns} columns; a gallery has one picture at least and 1 to "
                f"{MOST_COLUMNS} columns"
            )

    def labelled(self, label: str, synthetic: bool) -> Self:
        pictures = tuple(picture.labelled("", synthetic) for picture in self.pictures)
        return replace(self, pictures=pictures, label=label)


def pictures_of(block: Picture | Gallery) -> tuple[Picture, ...]:
    return block.pictures if isinstance(block, Gallery) else (block,)


def said(picture: Picture, label: str = "") -> str:
    """The picture in words: what stands for it where it is not seen; never empty, and it says what was made up."""
    words = picture.alt.strip() or picture.caption.strip() or label or "Picture"
    return f"{words} ({MADE_UP})" if picture.synthetic else words
