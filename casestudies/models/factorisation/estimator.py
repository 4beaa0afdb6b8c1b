"""`MatrixFactorization`: from interactions to lists with reasons, and on from there as feedback comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from casestudies.errors import RunError, shown
from casestudies.models.factorisation.growing import grown
from casestudies.models.factorisation.saving import from_folder, read
from casestudies.models.factorisation.served import Served
from casestudies.models.factorisation.training import Wanted, fitted_on
from casestudies.tabular.interactions import Interactions


class MatrixFactorization(Served):
    """Users and items as vectors whose product is the taste of one for the other, learnt from ratings or from deeds.

    Explicit: rating = mean + user bias + item bias + user · item, by Adam on the squared error with an L2 that grows
    with a row's ratings. Implicit: who has acted on what, by alternating least squares over all cells of the table. A history is
    folded in by the ridge regression that the loss is for one user, so a visitor has a list at once, and a score is a sum
    over what the user has had to do with.

    Parameters
    ----------
    factors: length of the vectors. epochs, learning_rate, ridge, growth, batches, snapshots: of the fit (`FactorAdam`,
        `FactorObjective`; epochs are sweeps of implicit feedback, which has no growth); None = by the size of the data. snapshots: of a cyclic rate, so many times the epochs of one fit, whose mean predicts:
        more accurate, at that many times the cost; None = one fit.
    feedback: "auto" = explicit where there are ratings that differ.
    histories: whose vectors hear of what was rated, whatever the rating: of "users" (SVD++), of "items", of "both".
        Explicit feedback only; more accurate, and slower.
    features: columns of the tables of items and users; who and what is new is known by them.
    validation: share of the ratings that says when to stop, before the fit on all of them; "auto" = 0.05 where there are
        fewer than 500,000, whose fit costs little; None = all epochs.
    timed: whether the levels of items and the mildness of users move with time (`Timed`); ratings with times only. "auto" =
        where that clearly lowers the error of ratings set aside. Lists are those of now; `rate` and `predict` take times.
    half_life: of the weights of a user's history for lists, in interactions; "auto" = chosen on each user's last one, and
        off where it does not clearly help; None = all weigh the same.
    random_state: a number; the same one gives the same bytes, with any number of `threads`.

    Attributes
    ----------
    vectors_: what serves (`Vectors`). fold_: the fold-in of histories (`FoldIn`). data_: the stored history.
    feedback_: "explicit" or "implicit". half_life_: the chosen one. settings_: what the fit used, by name.
    notes_, findings_: what was chosen and why, and what the fit looks like, a sentence each.
    trace_: {column: (steps + 1,)}. steps_: epochs or sweeps. certificate_: how far from the optimum it may be.

    Examples
    --------
    >>> import pandas as pd
    >>> from casestudies.tabular.interactions.frame import interactions_of
    >>> bought = pd.DataFrame({"user": list("aabbbcc"), "item": ["tea", "mug", "tea", "mug", "pot", "pen", "ink"]})
    >>> model = MatrixFactorization(factors=2).fit(interactions_of(bought))
    >>> model.recommend("a", n=1)["item"].tolist(), model.fold_in(["pen"]).recommend(n=1)["item"].tolist()
    (['pot'], ['ink'])
    """

    def __init__(
        self,
        factors: int | None = None,
        *,
        feedback: Literal["auto", "explicit", "implicit"] = "auto",
        histories: Literal["none", "users", "items", "both"] = "none",
        features: Sequence[str] = (),
        snapshots: int | None = None,
        epochs: int | None = None,
        learning_rate: float | None = None,
        ridge: float | None = None,
        growth: float | None = None,
        batches: int | None = None,
        validation: float | Literal["auto"] | None = "auto",
        timed: bool | Literal["auto"] = False,
        half_life: float | Literal["auto"] | None = None,
        random_state: int = 0,
        threads: int = 1,
    ) -> None:
        self.factors = factors
        self.feedback = feedback
        self.histories = histories
        self.features = features
        self.snapshots = snapshots
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.ridge = ridge
        self.growth = growth
        self.batches = batches
        self.validation = validation
        self.timed = timed
        self.half_life = half_life
        self.random_state = random_state
        self.threads = threads

    def fit(self, data: Interactions, y: object = None) -> Self:
        """Learns from all interactions.

        Raises
        ------
        ConfigError: a parameter that makes no sense, or names a column that is not there (the nearest are given).
        DataError: fewer than two users or items, ratings that are all the same or not finite.
        """
        self.fitted_ = fitted_on(data, Wanted(**self.get_params(deep=False)))
        return self

    def partial_fit(self, data: Interactions, y: object = None) -> Self:
        """Takes in new interactions at a cost of what they touch; on a model that is not fitted, `fit`.

        New users and items get numbers behind the old ones. The history grows by the rows, so give each once; a new rating
        replaces the old one. Rows of users and items that are touched are moved, those that are new are solved.

        Raises
        ------
        DataError: no ratings for a model of ratings, or ratings off its scale.
        """
        if not hasattr(self, "fitted_"):
            return self.fit(data)
        self.fitted_ = grown(self.fitted_, data)
        return self

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that `files` wrote.

        Raises
        ------
        RunError: a file is missing or damaged.
        """
        fitted, asked = read(files)
        if unknown := sorted(set(asked) - set(cls._get_param_names())):
            raise RunError(
                f"the saved model has a parameter {shown(unknown[0])}", advice="use the version that made it"
            )
        model = cls().set_params(**{name: tuple(one) if isinstance(one, list) else one for name, one in asked.items()})
        model.fitted_ = fitted
        return model

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """The model that `save` wrote; the files of strangers are safe.

        Raises
        ------
        RunError: there is no such folder, or a file is missing or damaged.
        """
        return cls.from_files(from_folder(folder))
