"""An encoder with columns made on request, some of which have seen the label: how they are learnt without a leak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import DataError
from casestudies.tabular.encode import Encoder, distinct, kinds_of, rare_rows
from casestudies.tabular.made import Components, Made, Powers, Products, Quantiles, made_from_dict
from casestudies.tabular.rates import Rates
from casestudies.tabular.wanted import Wanted

COMPONENTS = "principal components"


class FeatureEncoder(Encoder):
    """The matrix of `Encoder`, followed by powers, products, bins and principal components of its columns.

    Target encoding takes the place of a category's 0/1 columns. It is the only part that reads the label, and then
    training rows go through `fit_transform` with folds, so that no row's own label is in its value, and all others
    through `transform`. Without it, both give the same and the encoder may be fitted once for all folds.

    Parameters
    ----------
    kinds, log: as in `Encoder`.
    wanted: the columns to make; nothing by default, and then this is `Encoder`.

    Attributes
    ----------
    origin: the source column of each column; of a product "a x b", of components their common name.
    sources: (features,) the source columns of each column, of a product two.
    supervised: whether the label is read.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0]})
    >>> FeatureEncoder(wanted=Wanted(interactions=(("a", "b"),), polynomials={"a": 2})).fit(frame).feature_names
    ['a', 'b', 'a^2', 'a x b']
    """

    def __init__(
        self, kinds: Mapping[str, str] | None = None, wanted: Wanted | None = None, *, log: bool = False
    ) -> None:
        super().__init__(kinds, log=log)
        self.wanted = wanted

    @property
    def supervised(self) -> bool:
        return bool(self.wanted and self.wanted.target_encode)

    def fit(self, X: pd.DataFrame, y: object = None, weight: object = None) -> Self:
        """Learn from training rows; y: (rows,) 0/1 and weight: (rows,) are read for target encoding only.

        Raises
        ------
        ConfigError: a wanted column is no feature (the nearest names are given) or of the wrong kind.
        DataError: as `Encoder.fit`; labels are needed and are not 0 and 1.
        """
        wanted = self.wanted or Wanted()
        kinds = dict(self.kinds) if self.kinds is not None else kinds_of(X)
        wanted.check({name: kinds.get(name, "") for name in map(str, X.columns)})
        super().fit(X)
        if wanted.target_encode:
            labels, weights = _labels(y, len(X)), _weights(weight, len(X))
            for name in wanted.target_encode:
                self.plans_[name] = Rates.of(X[name], labels, weights)
        encoded = super().transform(X)
        blocks = self._blocks(encoded)
        least = rare_rows(len(X))
        self.made_: list[Made] = [Powers.fit(name, degree, blocks) for name, degree in wanted.polynomials.items()]
        self.made_ += [Quantiles.fit(name, count, X) for name, count in wanted.bins.items()]
        self.made_ += [Products.fit(a, b, self.plans_, blocks, least) for a, b in wanted.interactions]
        rates = [place for name, place in self._places().items() if isinstance(self.plans_[name], Rates)]
        plain = np.setdiff1d(np.arange(encoded.shape[1]), [place.start for place in rates])
        self.components_ = Components.fit(encoded, plain, wanted.pca) if wanted.pca else None
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """(rows, features) float64 for rows that were not trained on; raises as `Encoder.transform`."""
        return self._completed(super().transform(X), X)

    def fit_transform(
        self, X: pd.DataFrame, y: object = None, folds: Sequence[int] | np.ndarray | None = None, weight: object = None
    ) -> np.ndarray:
        """Fit, and the matrix to train on: a target-encoded value is learnt from the rows of other folds.

        Parameters
        ----------
        y: (rows,) 0/1. folds: (rows,) fold labels, two at least; wanted where the encoder is `supervised`.

        Raises
        ------
        ValueError: there is target encoding, and no folds or one: each row's own label would be in its value.
        """
        encoded = super(FeatureEncoder, self.fit(X, y, weight)).transform(X)
        if self.supervised:
            labels, weights, numbers = _labels(y, len(X)), _weights(weight, len(X)), np.asarray(folds)
            if folds is None or len(np.unique(numbers)) < 2:
                raise ValueError("target encoding of training rows wants folds (two or more), or it reads their labels")
            for name, place in self._places().items():
                plan = self.plans_[name]
                if isinstance(plan, Rates):
                    encoded[:, place.start] = plan.without(X[name], labels, weights, numbers)
        return self._completed(encoded, X)

    @property
    def feature_names(self) -> list[str]:
        made = [name for one in self.made_ for name in one.names]
        return distinct([*super().feature_names, *made, *(self.components_.names if self.components_ else ())])

    @property
    def origin(self) -> list[str]:
        components = self.components_.names if self.components_ else ()
        return [*(" x ".join(names) for names in self.sources[: self._width]), *(COMPONENTS for _ in components)]

    @property
    def sources(self) -> list[tuple[str, ...]]:
        out: list[tuple[str, ...]] = [(name,) for name in super().origin]
        for one in self.made_:
            out += [one.sources] * len(one.names)
        if self.components_:
            used = tuple(dict.fromkeys(out[place][0] for place in self.components_.places))
            out += [used] * len(self.components_.names)
        return out

    @property
    def products(self) -> dict[int, tuple[int, int, float]]:
        """{column: (the two columns it multiplies, what the product is divided by)}, by their places in the matrix."""
        places, found, column = self._places(), {}, len(super().origin)
        for one in self.made_:
            if isinstance(one, Products):
                for number, (i, j) in enumerate(one.pairs):
                    found[column + number] = (places[one.first].start + i, places[one.second].start + j, one.scale)
            column += len(one.names)
        return found

    def folded(self, coef: np.ndarray, intercept: float) -> tuple[np.ndarray, float]:
        """The same linear score without components: their coefficients (features,) go to the columns they are sums of.

        A component is no column an applicant knows; its coefficient, spread over the encoded columns, is exact.
        """
        if self.components_ is None:
            return coef, intercept
        count = len(self.components_.names)
        spread = coef[-count:] @ self.components_.directions
        out = coef.copy()
        out[-count:] = 0.0
        out[self.components_.places] += spread
        return out, float(intercept - spread @ self.components_.mean)

    @property
    def notes(self) -> list[str]:
        said = super().notes
        rates = [name for name, plan in self.plans_.items() if isinstance(plan, Rates)]
        if rates:
            said.append("categories encoded by the share of events of each level, cross-fitted: " + ", ".join(rates))
        if self.made_:
            parts = (f"{' x '.join(one.sources)} ({len(one.names)})" for one in self.made_)
            said.append("columns made on request, with their number: " + ", ".join(parts))
        if self.components_:
            said.append(f"{len(self.components_.names)} principal components of the encoded columns are added")
        return said

    def to_dict(self) -> dict[str, Any]:
        told = super().to_dict()
        if self.made_:
            told["made"] = [one.to_dict() for one in self.made_]
        if self.components_:
            told["components"] = self.components_.to_dict()
        return told

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Also what `Encoder.to_dict` wrote: an encoder that makes nothing."""
        encoder = super().from_dict(told)
        encoder.made_ = [made_from_dict(one) for one in told.get("made", [])]
        encoder.components_ = Components.from_dict(told["components"]) if "components" in told else None
        return encoder

    @property
    def _width(self) -> int:
        """Columns before the components."""
        return len(super().origin) + sum(len(one.names) for one in self.made_)

    def _blocks(self, encoded: np.ndarray) -> dict[str, np.ndarray]:
        return {name: encoded[:, place] for name, place in self._places().items()}

    def _completed(self, encoded: np.ndarray, X: pd.DataFrame) -> np.ndarray:
        check_is_fitted(self, "made_")
        blocks = self._blocks(encoded)
        parts = [encoded, *(one.of(blocks, X) for one in self.made_)]
        if self.components_:
            parts.append(self.components_.of(encoded))
        return np.hstack(parts) if len(parts) > 1 else encoded


def _labels(y: object, rows: int) -> np.ndarray:
    labels = np.empty(0) if y is None else np.asarray(y, dtype=np.float64)
    if labels.shape != (rows,) or not np.isin(labels, (0.0, 1.0)).all():
        raise DataError("target encoding reads the label, 0 or 1 for each row", advice="give y to fit, the event as 1")
    return labels


def _weights(weight: object, rows: int) -> np.ndarray:
    return np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
