"""A fitted head: log-odds from features and history, how sure they are, and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from casestudies.errors import DataError, RunError, shown
from casestudies.imaging.heads.columns import Columns
from casestudies.imaging.heads.layers import Floats, Layers
from casestudies.optim import load, save
from casestudies.optim.arrays import Array

if TYPE_CHECKING:
    from torch import nn

Reads = Literal["image", "both", "history"]
_FORMAT = 1
_ADVICE = "fit it anew"


@dataclass(frozen=True, eq=False)
class Head:
    """What reads the network's features, and beside them what is known of the patient.

    Parameters
    ----------
    reads: the image, both (the history too), or the history alone.
    columns: how the two become a matrix. layers: its weights.
    root: (units + 1, units + 1) R with RᵀR the covariance of the last layer's coefficients, the intercept last.
    told: of the fit, plain values (`head.told_of`).
    left_out: (training images,) the log-odds of each by the head without its patient; empty where no factor says so, and
        in a head that was opened from its files.
    """

    reads: Reads
    columns: Columns
    layers: Layers
    root: Floats
    told: Mapping[str, Any]
    left_out: Floats = field(default_factory=lambda: np.zeros(0))

    def logits(self, features: Floats, history: pd.DataFrame | None = None) -> Floats:
        """(rows,) log-odds of the disease, before any temperature.

        Parameters
        ----------
        features: (rows, features) of the network; not looked at by a head that reads the history alone.
        history: the patients' columns by name, a row an image; needed unless the head reads the image alone.

        Raises
        ------
        DataError: another number of features, features that are not finite, columns that are missing.
        """
        return self.layers.margins(self.columns.matrix(features, history))

    def spread(self, features: Floats, history: pd.DataFrame | None = None) -> Floats:
        """(rows,) standard deviation of the log-odds, as far as it comes from the last layer's coefficients (Laplace).

        It says how little the training rows determine the answer. It knows nothing of what the network below never saw.
        """
        units = self.layers.units(self.columns.matrix(features, history))
        return np.linalg.norm(units @ self.root[:, :-1].T + self.root[:, -1], axis=1)

    def module(self, history: pd.DataFrame | None = None) -> nn.Module:
        """The head in torch, from the network's features (rows, features) to log-odds (rows,), in single precision.

        Scales, and the history of one patient (a table of one row; None: an average one), are folded into its weights.
        """
        from casestudies.imaging.heads.pooled import pooled  # torch is wanted here only

        row = np.zeros(len(self.columns.history))
        if self.columns.encoder is not None and history is not None:
            if len(history) != 1:
                raise DataError(f"{len(history)} rows of history for one patient", advice="give one row")
            blank = np.zeros((1, self.columns.features))
            row = self.columns.matrix(blank, history)[0, self.columns.features :]
        return pooled(self.layers, self.columns, row)

    def files(self, name: str) -> dict[str, bytes]:
        """`name`.npz (arrays) and `name`.json (all else), the same bytes for the same head."""
        told = {
            "format": _FORMAT,
            "reads": self.reads,
            "columns": self.columns.to_dict(),
            "told": dict(self.told),
        }
        layers = self.layers
        arrays = _Arrays(
            self.columns.centre,
            self.columns.scale,
            layers.inner,
            layers.bias,
            layers.last,
            layers.intercept,
            self.root,
        )
        with TemporaryDirectory() as folder:  # the core's writer wants a file
            path = Path(folder, "head.npz")
            save(path, arrays)
            content = path.read_bytes()
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return {f"{name}.npz": content, f"{name}.json": text.encode()}

    @classmethod
    def open(cls, folder: Path, name: str) -> Self:
        """What `files` wrote.

        Raises
        ------
        RunError: a file is missing, damaged, of another format, or does not fit the other.
        """
        path = folder / f"{name}.json"
        try:
            told = json.loads(path.read_bytes())
            if told["format"] != _FORMAT:
                raise DataError(f"its format {shown(told['format'])} is not {_FORMAT}: another version made it")
            if told["reads"] not in ("image", "both", "history"):
                raise DataError(f"it says that it reads {shown(told['reads'])}")
            arrays = load(folder / f"{name}.npz", _Arrays)
            columns = Columns.from_dict(told["columns"], arrays.centre, arrays.scale)
            head = cls(told["reads"], columns, arrays.layers(), arrays.root, told["told"])
            _refuse_unfitting(head)
            return head
        except DataError as error:
            raise RunError(f"the head cannot be used: {error.what}", where=str(path), advice=_ADVICE) from None
        except (OSError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise RunError(f"the head is damaged ({shown(error)})", where=str(path), advice=_ADVICE) from None


@dataclass(frozen=True, eq=False)
class _Arrays:
    """See `Columns`, `Layers` and `Head`."""

    centre: Array
    scale: Array
    inner: Array | None
    bias: Array
    last: Array
    intercept: float
    root: Array

    def layers(self) -> Layers:
        return Layers(self.inner, self.bias, self.last, self.intercept)


def _refuse_unfitting(head: Head) -> None:
    """Raises a DataError unless all arrays are finite and of shapes that fit each other."""
    columns, layers = head.columns, head.layers
    width = columns.features + len(columns.history)
    units = width if layers.inner is None else len(layers.bias)
    wanted = {
        "centre": (columns.centre, (width,)),
        "scale": (columns.scale, (width,)),
        "last": (layers.last, (units,)),
        "bias": (layers.bias, (0 if layers.inner is None else units,)),
        "root": (head.root, (units + 1, units + 1)),
    }
    if layers.inner is not None:
        wanted["inner"] = (layers.inner, (units, width))
    for name, (array, shape) in wanted.items():
        if array.shape != shape or not np.isfinite(array).all():
            raise DataError(f"its array {name} is of shape {array.shape} instead of {shape}, or not finite")
    if not (np.isfinite(layers.intercept) and (columns.scale > 0).all()):
        raise DataError("its intercept or its scales are no numbers to use")
