"""What side features add to the score of a newcomer: exact SHAP values, LIME beside them, and whether the two agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.explain.explanation import Explanation
from casestudies.explain.lime import explain_lime
from casestudies.explain.linear import explain_linear
from casestudies.explain.quality import additivity_error, agreement
from casestudies.models.factorisation.features_explained import FeatureForm, feature_form
from casestudies.models.factorisation.fitted import Embedded, Fitted
from casestudies.models.factorisation.sidefeatures import Side

Array = NDArray[np.float64]
SCALE = "score"
_BUSY = 0.95
_SAMPLES, _SEEDS = 500, 3  # of LIME, on some columns of a table


def featured(fitted: Fitted, seed: int) -> dict[str, Any] | None:
    """A case for the side that has features, of items rather than of users; None where the model learnt none.

    The newcomer is the item (or user) of whom least is known, taken as if nothing but its features were; it faces a user (or
    an item) of whom much is known.
    """
    for side in ("item", "user"):
        embedded = fitted.of_side(side)
        if embedded is not None:
            return _case(fitted, embedded, side, seed)
    return None


def _case(fitted: Fitted, embedded: Embedded, side: Side, seed: int) -> dict[str, Any]:
    data, vectors = fitted.data, fitted.served
    table, counts = (data.items, fitted.item_counts) if side == "item" else (data.users, fitted.user_counts)
    number = int(np.argmin(counts))
    if side == "item":
        facing = _busy(fitted.user_counts)
        form = feature_form(
            embedded.table, embedded.bias, vectors.users[facing], float(vectors.user_bias[facing]), vectors.mean
        )
        names = fitted.titles[number], str(data.user_ids[facing])
    else:
        facing = _busy(fitted.item_counts)
        form = feature_form(
            embedded.table, embedded.bias, vectors.items[facing], float(vectors.item_bias[facing]), vectors.mean
        )
        names = str(data.user_ids[number]), fitted.titles[facing]
    whole = explain_features(form, embedded, table)
    shap = whole.grouped(embedded.features.sources)
    lime = Drawn.of(embedded, table, form).explained(number, seed)
    order = [shap.names.index(name) for name in lime.names]
    agreed = agreement(shap.values[number][order], lime.effects)
    matrix = embedded.features.matrix(table).toarray().astype(np.float64)
    return {
        "side": side,
        "newcomer": names[0],
        "facing": names[1],
        "known": int(counts[number]),
        "base": float(np.asarray(shap.base)),
        "score": float(shap.sum()[number]),
        "names": list(lime.names),
        "values": [_cell(table[name].iloc[number]) for name in lime.names],
        "shap": shap.values[number][order].tolist(),
        "lime": lime.to_dict(),
        "additivity_error": additivity_error(whole, form.scores(matrix)),
        "agreement": {"overlap": agreed.overlap, "sign": agreed.sign, "agree": agreed.agree},
    }


def _busy(counts: NDArray[np.intp]) -> int:
    """One with more interactions than 19 in 20 others: the very first may be a program."""
    return int(np.argsort(counts, kind="stable")[round(_BUSY * (len(counts) - 1))])


def explain_features(form: FeatureForm, embedded: Embedded, table: pd.DataFrame) -> Explanation:
    """SHAP values of every row of the table, by column of the encoded features, against the average row."""
    X = embedded.features.matrix(table).toarray().astype(np.float64)
    return explain_linear(form.coef, form.intercept, X, X.mean(axis=0), embedded.features.names, scale=SCALE)


class Drawn:
    """The columns that features are made of as LIME can draw them: numbers, and codes of levels."""

    def __init__(self, embedded: Embedded, form: FeatureForm, columns: dict[str, Any], codes: Array) -> None:
        self._embedded, self._form, self._columns, self.codes = embedded, form, columns, codes

    @classmethod
    def of(cls, embedded: Embedded, table: pd.DataFrame, form: FeatureForm) -> Drawn:
        columns: dict[str, Any] = {}  # of a column of levels what each code means; None = numbers
        codes = []
        for name in dict.fromkeys(embedded.features.sources):
            if pd.api.types.is_numeric_dtype(table[name]) and not pd.api.types.is_bool_dtype(table[name]):
                columns[name] = None
                codes.append(table[name].to_numpy(np.float64, na_value=np.nan))
            else:
                code, levels = pd.factorize(table[name], use_na_sentinel=True)
                columns[name] = table[name].array.take([*map(int, _first(code, len(levels)))])
                codes.append(np.where(code < 0, np.nan, code))
        return cls(embedded, form, columns, np.column_stack(codes))

    def explained(self, row: int, seed: int) -> Any:
        """LIME of one row of the table."""
        levels = [at for at, of in enumerate(self._columns.values()) if of is not None]
        return explain_lime(
            self.scores,
            self.codes[row],
            self.codes,
            list(self._columns),
            categorical=levels,
            samples=_SAMPLES,
            seeds=_SEEDS,
            seed=seed,
            scale=SCALE,
        )[0]

    def scores(self, drawn: Array) -> Array:
        """(n,) of rows as LIME draws them."""
        cells = {}
        for (name, levels), values in zip(self._columns.items(), drawn.T, strict=True):
            if levels is None:
                cells[name] = pd.Series(values)
            else:
                missing = np.isnan(values)
                cells[name] = pd.Series(levels.take(np.where(missing, 0, values).astype(int))).mask(missing)
        return self._form.scores(self._embedded.features.matrix(pd.DataFrame(cells)).toarray())


def _first(codes: NDArray[np.intp], levels: int) -> NDArray[np.intp]:
    """(levels,) a row that holds each."""
    found = np.zeros(levels, np.intp)
    found[codes[::-1][codes[::-1] >= 0]] = (len(codes) - 1 - np.arange(len(codes)))[codes[::-1] >= 0]
    return found


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
