"""The analyst's own fonts, for scripts that the print font lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from casestudies.errors import ConfigError, shown

_ENDINGS = (".ttf", ".otf", ".ttc")
_MOST = 20
_BYTES = 100_000_000  # of all


@dataclass(frozen=True)
class Fonts:
    """folder: where they lie. files: their names, in order."""

    folder: Path
    files: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, where: str) -> Self:
        """Those of a folder.

        Raises
        ------
        ConfigError: no such folder, no font in it, too many of them, or a file that is no font; `where`: the setting.
        """
        if not folder.is_dir():
            raise ConfigError(f"there is no folder {shown(folder, 200)}", where=where, advice="check the path")
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _ENDINGS and file.is_file())
        if not files:
            raise ConfigError(f"{shown(folder, 200)} holds no font", where=where, advice="put .ttf or .otf files there")
        if len(files) > _MOST or sum(file.stat().st_size for file in files) > _BYTES:
            what = f"{shown(folder, 200)} holds more than {_MOST} fonts or {_BYTES / 1e6:.0f} MB of them"
            raise ConfigError(what, where=where, advice="name a folder with the few fonts that the report needs")
        fonts = cls(folder, tuple(file.name for file in files))
        try:
            _ = fonts.families
        except (RuntimeError, OSError, ValueError):
            raise ConfigError(
                f"a file of {shown(folder, 200)} is no font that can be read", where=where, advice="take it out"
            ) from None
        return fonts

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Their family names, each once, in the order of the files."""
        return tuple(dict.fromkeys(str(font.family_name) for font in self._faces))

    @cached_property
    def glyphs(self) -> frozenset[int]:
        """Code points that at least one of them can print."""
        return frozenset(code for font in self._faces for code in font.get_charmap())

    @cached_property
    def _faces(self) -> list:  # type: ignore[type-arg]  # of FT2Font, which is imported late
        from matplotlib.ft2font import FT2Font

        return [FT2Font(str(self.folder / name)) for name in self.files]
