"""Which columns are to be made of the features, as the analyst asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular.contract import USABLE


@dataclass(frozen=True)
class Wanted:
    """Which columns to make, by source columns.

    Parameters
    ----------
    interactions: pairs whose product is added. polynomials: number -> highest power. target_encode: categories that are
        encoded by the share of events of each level, in place of 0/1 columns. bins: number -> quantile bins added as
        0/1 columns. pca: principal components of the encoded columns that are added.
    """

    interactions: tuple[tuple[str, str], ...] = ()
    polynomials: Mapping[str, int] = field(default_factory=dict)
    target_encode: tuple[str, ...] = ()
    bins: Mapping[str, int] = field(default_factory=dict)
    pca: int = 0

    def check(self, kinds: Mapping[str, str]) -> None:
        """Raises a ConfigError for a column that is no feature (the nearest names are given) or of the wrong kind.

        kinds: {column: kind} of the features.
        """
        usable = [name for name, kind in kinds.items() if kind in USABLE]
        both = [name for pair in self.interactions for name in pair]
        named = {"interactions": both, "polynomials": self.polynomials, "bins": self.bins}
        for key, names in {**named, "target_encode": self.target_encode}.items():
            for name in names:
                if name not in usable:
                    raise ConfigError(
                        f"{shown(name)} is not a feature", where=f"features.{key}", advice=nearest(name, usable)
                    )
                if key != "interactions" and (kinds[name] == "category") != (key == "target_encode"):
                    what = (
                        "holds numbers, and a category is"
                        if key == "target_encode"
                        else "is a category, and numbers are"
                    )
                    raise ConfigError(
                        f"{shown(name)} {what} wanted", where=f"features.{key}", advice="name another column"
                    )
        for first, second in self.interactions:
            if first == second:
                what, advice = f"{shown(first)} is paired with itself", f"write features.polynomials: {{{first}: 2}}"
                raise ConfigError(what, where="features.interactions", advice=advice)
        for name in both:
            if name in self.target_encode:
                what = f"{shown(name)} is target-encoded and has no levels left to pair"
                advice = f"take {shown(name)} out of features.target_encode or out of the pair"
                raise ConfigError(what, where="features.interactions", advice=advice)
