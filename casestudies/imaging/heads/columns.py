"""What a head reads: features of the image, and the patient's history as columns beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.tabular.encode import Encoder

Floats = NDArray[np.float64]
_MOST = 4096  # columns: the matrix of so many unknowns takes 134 MB, and its factor 12 s


@dataclass(frozen=True, eq=False)
class Columns:
    """How features (rows, features) and a table of histories become one matrix, each column centred and in its own scale.

    All of it is learnt on training rows. A missing cell of the history is the median, and says so in a column of its own
    where training had missing cells. The few columns of the history are stretched until they vary as much in all as the
    many features: one ridge for both would otherwise silence the history first.

    Parameters
    ----------
    features: how many come from the image; 0 = the head reads the history alone.
    encoder: of the history; None = the head reads the image alone.
    centre, scale: (columns,) of the training rows; a column that never changes has the scale 1.
    """

    features: int
    encoder: Encoder | None
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, features: Floats, history: pd.DataFrame | None, train: NDArray[np.intp]) -> Self:
        """Learnt on the rows `train` of (rows, features) and of the table `history` (None: not read).

        Raises
        ------
        DataError: nothing to read, too many columns, features or history that are not finite.
        """
        encoder = None if history is None else Encoder().fit(history.iloc[train])
        raw = cls(features.shape[1], encoder, np.zeros(1), np.ones(1))
        X = raw.matrix(features[train], None if history is None else history.iloc[train])
        if not 0 < X.shape[1] <= _MOST:
            advice = f"give from 1 to {_MOST:,}; more can be brought to their principal components first"
            raise DataError(f"a head cannot read {X.shape[1]:,} columns", advice=advice)
        spread = X.std(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        scale[raw.features :] /= raw.stretch
        return cls(raw.features, encoder, X.mean(axis=0), scale)

    def matrix(self, features: Floats, history: pd.DataFrame | None) -> Floats:
        """(rows, columns): features first. What the head does not read is not looked at.

        Raises
        ------
        DataError: another number of features, features that are not finite, a history without the head's columns.
        """
        parts = []
        if self.features:
            if features.ndim != 2 or features.shape[1] != self.features:
                raise DataError(
                    f"features of shape {features.shape} for a head that reads {self.features} of each image",
                    advice="use the features of the network the head was fitted on",
                )
            if not (finite := np.isfinite(features)).all():
                row = int(np.argmin(finite.all(axis=1)))
                raise DataError(f"{int((~finite).sum())} features are not finite", where=f"image {row + 1}")
            parts.append(features.astype(np.float64, copy=False))
        if self.encoder is not None:
            if history is None:
                columns = ", ".join(self.encoder.columns)
                raise DataError("the head reads the patient's history, and there is none", advice=f"give {columns}")
            parts.append(self.encoder.transform(history))
        if not parts:
            raise DataError("a head cannot read 0 columns", advice="give features of the image, a history, or both")
        return (np.hstack(parts) - self.centre) / self.scale

    @property
    def stretch(self) -> float:
        """Standard deviation of a column of the history, where a feature has 1."""
        return float(np.sqrt(self.features / len(self.history))) if self.features and self.history else 1.0

    @property
    def history(self) -> list[str]:
        """Names of the columns that the history became, in the order of the matrix."""
        return [] if self.encoder is None else self.encoder.feature_names

    def to_dict(self) -> dict[str, Any]:
        """All but the arrays."""
        return {"features": self.features, "encoder": None if self.encoder is None else self.encoder.to_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any], centre: Floats, scale: Floats) -> Self:
        encoder = None if told["encoder"] is None else Encoder.from_dict(told["encoder"])
        return cls(int(told["features"]), encoder, centre, scale)
