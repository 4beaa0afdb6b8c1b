"""The recommenders of a run: fitted on the training rows, chosen on the validation rows, fitted again on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from casestudies.errors import ConfigError
from casestudies.models.factorisation.base import Recommender
from casestudies.models.factorisation.bias import Bias
from casestudies.models.factorisation.ease import MOST_ITEMS, Ease
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.popularity import Popularity
from casestudies.models.factorisation.recency import Recency, choose_half_life
from casestudies.models.factorisation.vectors import Codes, Floats
from casestudies.recommendation.asked.modelling import Model
from casestudies.recommendation.evaluation import evaluate
from casestudies.recommendation.sections.named import pretty
from casestudies.recommendation.splits import Parts
from casestudies.tabular.interactions import Interactions

SERVING = ("factorisation", "implicit", "implicit_recent")  # that can take in new customers and say why
_USERS = 2_000  # that choose the half-life
_ROUNDS = 200  # of the resampling on validation rows, whose intervals are not shown

Step = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came of it.

    Parameters
    ----------
    fitted: {name: model fitted on training and validation rows}. champion: the one that is served. rating: the one whose
        ratings are the best on validation; None where nothing is rated. ndcg, rmse: {name: on validation}.
    notes: {name: what was chosen for it, a sentence each}. sentence: why the champion is it. recency: of its lists.
    """

    fitted: Mapping[str, Recommender]
    champion: str
    rating: str | None
    ndcg: Mapping[str, float]
    rmse: Mapping[str, float]
    notes: Mapping[str, tuple[str, ...]]
    sentence: str
    recency: Recency | None = None

    @property
    def told(self) -> dict[str, Any]:
        """For evaluation.json."""
        return {
            "champion": self.champion,
            "rating": self.rating,
            "ndcg": dict(self.ndcg),
            "rmse": dict(self.rmse),
            "sentence": self.sentence,
            "half_life": None if self.recency is None else {"value": self.recency.half_life, "unit": self.recency.unit},
        }


@dataclass(frozen=True, eq=False)
class Recipes:
    """How each model is made, unfitted, with what was chosen for it so far."""

    settings: Model
    seed: int
    threads: int
    recency: Recency | None = None
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def made(self, name: str) -> Recommender:
        """An unfitted model of that name."""
        half_life = None if self.recency is None else self.recency.half_life
        match name:
            case "popularity":
                return Popularity()
            case "bias":
                return Bias()
            case "ease":
                return Ease(self.settings.ease_ridge)
            case "ease_recent":
                return Ease(self.settings.ease_ridge, half_life)
        return self.serving(name)

    def serving(self, name: str) -> MatrixFactorization:
        """One of SERVING, unfitted."""
        asked, explicit = self.settings, name == "factorisation"
        recent = self.recency if name == "implicit_recent" else None
        return MatrixFactorization(
            asked.factors,
            feedback="explicit" if explicit else "implicit",
            histories=asked.histories if explicit else "none",
            features=tuple(asked.features),
            snapshots=asked.snapshots if explicit else None,
            timed=asked.timed if explicit else False,
            epochs=asked.epochs if explicit else None,
            learning_rate=asked.rate if explicit else None,
            ridge=asked.ridge if explicit else None,
            half_life=None if recent is None else recent.half_life,
            random_state=self.seed,
            threads=self.threads,
        )


def compare(data: Interactions, parts: Parts, settings: Any, step: Step) -> Comparison:
    """Fit, choose, fit again.

    Parameters
    ----------
    settings: of the study. step: told how far it is.
    """
    recipes = Recipes(settings.model, settings.seed, settings.run.threads)
    names, notes = _names(data, settings.model)
    train, held = data.take(parts.train), data.take(parts.valid)
    first: dict[str, Recommender] = {}
    for number, name in enumerate(names):
        step(0.5 * number / len(names), f"fitting {name} on the training rows")
        first[name] = recipes.made(name).fit(train)
    recency = _recency(first, train, held, settings.model, notes)
    if recency is not None:
        recipes = Recipes(settings.model, settings.seed, settings.run.threads, recency)
        for name in [name for name in ("ease", "implicit") if name in first]:
            first[f"{name}_recent"] = recipes.made(f"{name}_recent").fit(train)
    judging = settings.judging
    valid = evaluate(
        first, data, parts.train, parts.valid, k=judging.k, liked=judging.liked, repeats=judging.repeats, most=judging.most,
        rounds=_ROUNDS, seed=settings.seed,
    ).metrics  # fmt: skip
    ndcg = {name: told[f"ndcg_at_{judging.k}"]["value"] for name, told in valid.items()}
    rmse = {name: told["rmse"]["value"] for name, told in valid.items() if "rmse" in told}
    champion = max((name for name in first if name in SERVING), key=ndcg.__getitem__)
    fitted: dict[str, Recommender] = {}
    known = data.take(parts.known)
    for number, name in enumerate(first):
        step(0.5 + 0.5 * number / len(first), f"fitting {name} on training and validation rows")
        fitted[name] = recipes.made(name).fit(known)
        notes[name] = (*notes.get(name, ()), *getattr(fitted[name], "notes_", ()))
    return Comparison(
        fitted, champion, min(rmse, key=rmse.__getitem__) if rmse else None, ndcg, rmse, notes,
        _why(champion, ndcg, judging.k), recency if champion.endswith("_recent") else None,
    )  # fmt: skip


def _names(data: Interactions, asked: Model) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """The candidates that these interactions allow, and why another is left out.

    Raises
    ------
    ConfigError: none of them can serve.
    """
    names: list[str] = list(dict.fromkeys(asked.candidates))
    notes: dict[str, tuple[str, ...]] = {}
    if not data.explicit:
        names = [name for name in names if name not in ("bias", "factorisation")]
        if "factorisation" in asked.candidates and "implicit" not in names:
            names.append("implicit")
    if data.shape[1] > MOST_ITEMS:
        names = [name for name in names if name != "ease"]
    if not set(names) & set(SERVING):
        what = "none of the candidates can serve lists with reasons"
        raise ConfigError(what, where="model.candidates", advice="add factorisation or implicit")
    return names, notes


def _recency(
    first: Mapping[str, Recommender],
    train: Interactions,
    held: Interactions,
    asked: Model,
    notes: dict[str, tuple[str, ...]],
) -> Recency | None:
    """The half-life of choices: as asked for, else chosen by the implicit factorisation where times are known."""
    model = first.get("implicit")
    if asked.half_life is None or not isinstance(model, MatrixFactorization):
        return None
    if train.time is None:
        notes["implicit"] = ("without times nothing is known of changing tastes",)
        return None
    if asked.half_life != "auto":
        return Recency(asked.half_life)
    users = np.unique(held.user)
    if len(users) > _USERS:
        users = np.sort(np.random.default_rng(0).choice(users, _USERS, replace=False))
    history, after = (part.take(np.flatnonzero(np.isin(part.user, users))) for part in (train, held))
    vectors, fold = model.vectors_, model.fold_

    def scored(weights: Floats) -> Callable[[Codes], Floats]:
        rows, bias = fold.users(history, weights)
        return replace(vectors, users=rows, user_bias=bias).scores

    told = choose_half_life(history, after, scored)
    for name in ("implicit", "implicit_recent", "ease_recent") if told.chosen else ("implicit",):
        notes[name] = (str(told),)
    return told.chosen


def _why(champion: str, ndcg: Mapping[str, float], k: int) -> str:
    """Why the champion is the champion, and which yardstick would have been better."""
    told = ", ".join(f"{pretty(name)} {ndcg[name]:.4f}" for name in _named(champion, ndcg))
    better = [name for name, value in ndcg.items() if value > ndcg[champion]]
    words = (
        f"{pretty(champion)} has the highest NDCG of {k} items on the validation rows of the models that take in new customers "
        f"and give exact reasons ({told})."
    )
    if better:
        words += (
            f" {' and '.join(pretty(name) for name in better)} ranked better there and "
            f"{'is' if len(better) == 1 else 'are'} shown beside it as a yardstick."
        )
    return words


def _named(champion: str, ndcg: Mapping[str, float]) -> list[str]:
    """The champion, the best of the others, and popularity."""
    best = max((name for name in ndcg if name != champion), key=ndcg.__getitem__, default=champion)
    return list(dict.fromkeys(name for name in (champion, best, "popularity") if name in ndcg))


def serving(comparison: Comparison, settings: Any) -> MatrixFactorization:
    """The champion, unfitted."""
    recipes = Recipes(settings.model, settings.seed, settings.run.threads, comparison.recency)
    return recipes.serving(comparison.champion)
