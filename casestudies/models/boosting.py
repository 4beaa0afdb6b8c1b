"""Boosted trees for two outcomes: LightGBM's own loop behind scikit-learn's conventions, repeatable to the bit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from casestudies.errors import DataError, shown
from casestudies.models.labels import two_classes
from casestudies.models.objectives import MANY, as_lightgbm
from casestudies.models.sealed import damaged, seal, unseal
from casestudies.models.treeshap import Tree, shap_values, tabulated

if TYPE_CHECKING:
    import lightgbm
    from sklearn.utils import Tags

__all__ = ["BoostedTrees", "as_lightgbm"]

Floats = NDArray[np.float64]


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """Many small trees, each correcting the log-odds of those before it.

    The number of trees is fixed: stopping early would spend rows on choosing it and make the model depend on that draw.
    Columns are called f0, f1, ... inside, since LightGBM refuses names with JSON characters; display names stay with
    the caller. Row weights are scaled to mean 1, so that costs in cents and in euros grow the same trees, and rows of
    weight 0 are left out as if they had not been given.

    Parameters
    ----------
    trees: boosting rounds.
    leaves: most leaves of one tree.
    learning_rate: share of each tree's correction that is taken.
    min_rows: fewest rows in a leaf; below twice as many rows no split is possible and the base rate is predicted.
    categorical: columns that hold whole codes 0, 1, 2, ... without order; codes unseen in training go with "other".
    monotone: column -> +1 (larger never lowers the probability) or -1 (never raises it). Enforced by LightGBM's "basic"
        method: it constrains more than is needed, but for "advanced" violations are reported and open (LightGBM#5358,
        #6155).
    seed: of LightGBM's own draws (bins are found on a sample beyond 200,000 rows).
    threads: cores used; the model does not depend on it.

    Attributes
    ----------
    classes_: the two labels, sorted; the second is the event.
    n_features_in_: columns seen in training.
    booster_: the `lightgbm.Booster`, as read back from its own text, so a reloaded model is the same to the last bit.
    trace_: mean log loss after each tree, (trees,) each: "train", and "valid" when `eval_set` was given; not kept in
        the text.
    """

    def __init__(
        self,
        trees: int = 150,
        leaves: int = 15,
        learning_rate: float = 0.05,
        min_rows: int = 20,
        categorical: Sequence[int] = (),
        monotone: Mapping[int, int] | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.trees = trees
        self.leaves = leaves
        self.learning_rate = learning_rate
        self.min_rows = min_rows
        self.categorical = categorical
        self.monotone = monotone
        self.seed = seed
        self.threads = threads

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        eval_set: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Self:
        """Grow the trees.

        Parameters
        ----------
        X: (rows, features), NaN = missing, whole codes in the categorical columns.
        y: (rows,) two labels; the greater one in sort order is the event.
        sample_weight: (rows,) none negative; default ones.
        eval_set: (X, y) of further rows whose log loss is traced; it does not influence the trees.

        Raises
        ------
        DataError: a categorical column holds something other than whole numbers from 0; names the first row.
        ValueError: y has more or fewer than two classes, `eval_set` a third one, or a setting is out of its range
            (scikit-learn's convention).

        Warns
        -----
        UserWarning: no tree could split (too few rows, or columns without variation); the base rate is predicted.
        """
        import lightgbm

        matrix, labels = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        self._check_settings()
        self._check_codes(matrix)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        kept = weight > 0
        self.classes_ = two_classes(labels[kept])
        train = self._dataset(matrix[kept], labels[kept], weight[kept] / weight[kept].mean())
        watched = {"train": train}
        if eval_set is not None:
            unknown = np.setdiff1d(eval_set[1], self.classes_)
            if len(unknown):
                raise ValueError(f"eval_set holds the label {shown(unknown[0])}, unknown from training")
            watched["valid"] = self._dataset(self._matrix(eval_set[0]), np.asarray(eval_set[1]), reference=train)
        self._train(train, watched, lightgbm)
        if all(tree["num_leaves"] < 2 for tree in self.booster_.dump_model()["tree_info"]):
            message = f"no split was possible: {kept.sum()} rows, min_rows {self.min_rows}; the base rate is predicted"
            warnings.warn(message, UserWarning, stacklevel=2)
        return self

    def _train(self, train: lightgbm.Dataset, watched: Mapping[str, lightgbm.Dataset], lightgbm: Any) -> None:
        """Boost on `train` while the log loss of the `watched` sets is traced."""
        curves: dict[str, dict[str, list[float]]] = {}
        booster = lightgbm.train(
            self._lightgbm_params(),
            train,
            num_boost_round=self.trees,
            valid_sets=list(watched.values()),
            valid_names=list(watched),
            callbacks=[lightgbm.record_evaluation(curves)],
        )
        self.booster_ = lightgbm.Booster(model_str=booster.model_to_string())
        self.trace_ = {name: np.array(curves[name]["binary_logloss"]) for name in watched}

    def grown_from(self, path: Path, y: Floats, weight: Floats, parts: Sequence[NDArray[np.bool_]] = ()) -> list[Self]:
        """Trees with these settings on the rows of a Parquet file, read by row group; and on each of some parts of them.

        The bins are found on 200,000 rows drawn by the seed, and each cell is kept as one byte; the numbers are read
        once for all fits.

        Parameters
        ----------
        path: the columns as `fit` takes them, in their order, float64, NaN = missing.
        y: (rows,) 0/1. weight: (rows,) from 0 up; rows of weight 0 are left out.
        parts: (rows,) each, which rows a further fit sees.

        Returns
        -------
        The model of all rows, then one for each part.
        """
        import lightgbm

        from casestudies.models.sequences import of_file

        sequence, columns = of_file(path)
        model = self._like()
        model.n_features_in_, model.classes_ = columns, np.array([0, 1])
        model._check_settings()
        whole = lightgbm.Dataset(
            [sequence],
            label=y,
            weight=weight,
            feature_name=[f"f{column}" for column in range(columns)],
            categorical_feature=[int(column) for column in self.categorical],
            params=model._lightgbm_params() | {"data_random_seed": self.seed},
        ).construct()
        return [model._like()._grown(whole, weight, part) for part in (np.ones(len(y), dtype=bool), *parts)]

    def _like(self) -> Self:
        """Another one with the same settings and columns, not fitted."""
        model = type(self)(**self.get_params())
        for known in ("n_features_in_", "classes_"):
            if hasattr(self, known):
                setattr(model, known, getattr(self, known))
        return model

    def _grown(self, whole: lightgbm.Dataset, weight: Floats, part: NDArray[np.bool_]) -> Self:
        import lightgbm

        rows = np.flatnonzero(part & (weight > 0)).astype(np.int32)
        train = whole
        if len(rows) < len(part):
            train = whole.subset([0])
            # `subset` would sort a list of Python's whole numbers: 160 MB for 4 million
            train.used_indices = rows  # type: ignore[assignment]
            train.construct()
        train.set_weight(weight[rows] / weight[rows].mean())
        self._train(train, {"train": train}, lightgbm)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """(rows,) log-odds of the event: the sum of all leaves, the base rate of the training rows among them."""
        return np.asarray(self._booster().predict(self._matrix(X), raw_score=True, num_threads=self.threads))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """(rows, 2) probability of each label, in the order of `classes_`."""
        event = expit(self.decision_function(X))
        return np.column_stack([1.0 - event, event])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(rows,) the likelier label; a decision in money needs a threshold of its own, see `casestudies.decisions`."""
        return np.take(self._classes(), self.decision_function(X) > 0)

    def contributions(self, X: ArrayLike) -> tuple[Floats, float]:
        """How much each column moved each row's log-odds away from the average, exactly (tree SHAP).

        A column not yet known is averaged over by following both branches in proportion to the training rows that took
        them (path-dependent), so no background rows are needed and categorical splits are allowed.

        Returns
        -------
        values: (rows, features) log-odds; `base + values.sum(axis=1)` is `decision_function(X)` up to rounding.
        base: log-odds of the average training row.

        Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees",
        Nature Machine Intelligence 2, algorithm 2; computed by LightGBM's `pred_contrib`, of many rows by tables of the
        trees' decisions (`treeshap`), which agree to 1e-13 in a thirtieth of the time.
        """
        if len(X) >= MANY and (trees := self._tabulated()) is not None:  # type: ignore[arg-type]
            matrix = self._matrix(X)
            return shap_values(trees, matrix), self.contributions(matrix[:1])[1]
        both = np.asarray(self._booster().predict(self._matrix(X), pred_contrib=True, num_threads=self.threads))
        return np.ascontiguousarray(both[:, :-1]), float(both[0, -1])

    def to_text(self) -> str:
        """LightGBM's model text, which any LightGBM reads, and one last line of JSON: settings, labels, checksum."""
        settings = self.get_params() | {"categorical": list(self.categorical)}
        if self.monotone is not None:
            settings["monotone"] = sorted(self.monotone.items())  # JSON keys would turn into text
        return seal(self._booster().model_to_string(), {"settings": settings, "classes": self._classes().tolist()})

    @classmethod
    def from_text(cls, text: str, *, where: str = "model text") -> Self:
        """The model that `to_text` wrote: the same predictions bit for bit; `trace_` is not kept.

        Raises
        ------
        DataError: `text` is cut short, changed, or not ours; `where` (the file) is named.
        """
        import lightgbm

        trees, ours = unseal(text, where=where, kind=cls.__name__)
        try:
            settings = dict(ours["settings"])
            settings["categorical"] = tuple(settings["categorical"])
            if settings["monotone"] is not None:
                settings["monotone"] = dict(settings["monotone"])
            model, classes = cls(**settings), np.asarray(ours["classes"])
        except (ValueError, KeyError, TypeError):
            raise damaged(where, cls.__name__) from None
        model.booster_ = lightgbm.Booster(model_str=trees)
        model.classes_, model.n_features_in_ = classes, model.booster_.num_feature()
        return model

    def _tabulated(self) -> list[Tree] | None:
        """The trees as tables, made once; None where they are too large for that."""
        booster = self._booster()
        if getattr(self, "_tables", (None,))[0] is not booster:
            self._tables = (booster, tabulated(booster.dump_model()["tree_info"]))
        return self._tables[1]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_tables"}

    def _booster(self) -> lightgbm.Booster:
        check_is_fitted(self, "booster_")
        return self.booster_

    def _classes(self) -> NDArray[Any]:
        check_is_fitted(self, "classes_")
        return self.classes_

    def _matrix(self, X: ArrayLike) -> Floats:
        matrix: Floats = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        self._check_codes(matrix)
        return matrix

    def _dataset(
        self, X: Floats, y: NDArray[Any], weight: Floats | None = None, reference: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        import lightgbm

        return lightgbm.Dataset(
            X,
            label=(y == self.classes_[1]).astype(np.float64),
            weight=weight,
            reference=reference,
            feature_name=[f"f{i}" for i in range(X.shape[1])],
            categorical_feature=[int(column) for column in self.categorical],
            params=self._lightgbm_params(),
        )

    def params(self, columns: int) -> dict[str, Any]:
        """LightGBM's own names of the settings, for a table with so many columns; what the loss says is not among them."""
        params: dict[str, Any] = {
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_rows,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,  # left to itself LightGBM times both layouts and takes the faster: not repeatable
            "verbosity": -1,
        }
        if self.monotone:
            signs = [int(self.monotone.get(column, 0)) for column in range(columns)]
            params |= {"monotone_constraints": signs, "monotone_constraints_method": "basic"}
        return params

    def _lightgbm_params(self) -> dict[str, Any]:
        return {"objective": "binary", "metric": "binary_logloss", **self.params(self.n_features_in_)}

    def _check_settings(self) -> None:
        lowest = {"trees": 1, "leaves": 2, "min_rows": 1, "threads": 1, "seed": 0}
        for name, least in lowest.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; at least {least} is wanted")
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate is {self.learning_rate}; a share above 0 and up to 1 is wanted")
        monotone = self.monotone or {}
        for name, columns in (("categorical", self.categorical), ("monotone", monotone)):
            beyond = [column for column in columns if not 0 <= column < self.n_features_in_]
            if beyond:
                raise ValueError(f"{name} names column {beyond[0]}; X has columns 0 to {self.n_features_in_ - 1}")
        for column, sign in monotone.items():
            if sign not in (-1, 1):
                raise ValueError(f"monotone of column {column} is {sign}; +1 or -1 is wanted")
            if column in self.categorical:
                raise ValueError(
                    f"column {column} is categorical and cannot be monotone; take it out of one of the two"
                )

    def _check_codes(self, X: Floats) -> None:
        for column in self.categorical:
            codes = X[:, column]
            wrong = ~np.isnan(codes) & ((codes < 0) | (codes != np.floor(codes)) | (codes >= 2**31))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise DataError(
                    f"categorical column {column} holds {codes[row]:g}, {int(wrong.sum())} such rows",
                    where=f"row {row + 1}",
                    advice="give whole codes 0, 1, 2, ... and NaN for missing",
                )
