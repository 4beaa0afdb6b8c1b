"""The further questions a table study puts to its rows, models and decisions: each answer is one file under analysis/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.models.scorecard.card import Card
from casestudies.models.scorecard.counterfactual import score_at
from casestudies.models.scorecard.reasons import approved_points
from casestudies.workflow.answers import Answer, Told, ask
from casestudies.workflow.bands import bands_told
from casestudies.workflow.card import card_told
from casestudies.workflow.challenger import challenger_told
from casestudies.workflow.compare import Comparison, Sample, Split, Trained
from casestudies.workflow.drift import drift_told, reference_of
from casestudies.workflow.explaining import Explained
from casestudies.workflow.fairness import fairness_told
from casestudies.workflow.imbalance import imbalance_told
from casestudies.workflow.incumbent import Incumbent
from casestudies.workflow.learning import learning_told
from casestudies.workflow.load import Loaded
from casestudies.workflow.losses import losses_told
from casestudies.workflow.quality import quality_told, review_list
from casestudies.workflow.record import Record
from casestudies.workflow.regularisation import regularisation_told
from casestudies.workflow.rejects import rejects_told
from casestudies.workflow.selection import selection_told
from casestudies.workflow.studies import Words
from casestudies.workflow.views import views_told
from casestudies.workflow.windows import windows_told


@dataclass(frozen=True, eq=False)
class Work:
    """What a run has when its figures are made and its model is fitted.

    saved: the champion on all rows. explained: it. incumbent: today's score or decision, where the table has one.
    """

    loaded: Loaded
    split: Split
    sample: Sample
    comparison: Comparison
    incumbent: Incumbent | None
    saved: Trained
    explained: Explained
    settings: Any  # of the study's own class
    words: Words

    @property
    def kinds(self) -> Mapping[str, str]:
        return self.loaded.checked.kinds

    @property
    def protected(self) -> list[str]:
        return self.loaded.checked.in_role("protected")

    @property
    def special(self) -> Mapping[str, Any]:
        """{column: values with a bin of their own}, where the study's model has such a setting."""
        card = getattr(getattr(self.settings, "model", None), "card", None)
        return {} if card is None else dict(card.special)

    def card(self) -> tuple[Card, Trained, np.ndarray] | None:
        """The scorecard, its decision and (rows,) the rows it is shown on; None where no candidate is one.

        As the champion it is the one fitted on all rows, on all judged ones; as a challenger the one of the first
        training part, on the rows that part judges.
        """
        if self.saved.model.card is not None:
            return self.saved.model.card, self.saved, self.comparison.rows
        for one in self.comparison.trained.values():
            if one.model.card is not None and one.model.card.characteristics:
                return one.model.card, one, self.comparison.parts[0][1]
        return None


Question = Callable[[Work], Told | Answer | None]


def analyse(record: Record, work: Work, own: Mapping[str, Question], step: Callable[[float, str], None]) -> None:
    """Ask everything under `settings.analyse`, and what costs nothing; write the answers.

    own: the questions of the study alone, by name.
    """
    record.analysis("regularisation", regularisation_told(work.comparison.trained))
    reference = reference_of(work.loaded, work.sample, work.comparison, work.special)
    record.analysis("reference", reference.to_dict())
    ask(record, work, {**_QUESTIONS, **own}, work.settings.analyse, step)


def _card(work: Work) -> Told | None:
    found = work.card()
    if found is None:
        return None
    card, trained, rows = found
    held = work.sample.take(rows)
    p = trained.model.probability(held.frame)
    act = trained.decider.act(p, held.costs)
    threshold = None
    if trained.decider.kind == "bmr" and held.costs is not None:
        threshold = held.costs.threshold()
    elif act.any() and not act.all():
        threshold = np.full(len(rows), (p[act].min() + p[~act].max()) / 2)
    target = None if threshold is None else np.array([score_at(card, float(cut)) for cut in threshold])
    against, reasons = None, work.settings.reasons
    if reasons.against == "approved" and not held.weight[~act].any():
        reasons = reasons.model_copy(update={"against": "best"})  # nobody is approved whom a letter could compare with
    elif reasons.against == "approved":
        against = approved_points(card, card.codes(held.frame), ~act, held.weight).tolist()
    return {
        "saved": trained is work.saved,
        "against": against,
        **card_told(
            card,
            held.frame,
            reasons,
            act=act,
            target=target,
            weight=held.weight,
            protected=work.protected,
            numbers=work.loaded.checked.places.rows[rows],
        ),
    }


def _points(work: Work) -> np.ndarray | None:
    """(judged,) the champion's points, where it is a scorecard."""
    card, p = work.saved.model.card, work.comparison.judged[work.comparison.choice.champion].p
    if card is None or p is None:
        return None
    kept = np.clip(p, 1e-12, 1 - 1e-12)
    return card.scaling.score(np.log(kept) - np.log1p(-kept))


def _bands(work: Work) -> Told:
    card = work.saved.model.card
    points = None if card is None else card.scaling.score
    return bands_told(work.comparison, work.sample, work.settings, work.settings.bands, work.settings.refer, points)


def _drift(work: Work) -> Told:
    found = work.comparison.trained.get("scorecard")
    card = None if found is None else found.model.card
    return drift_told(
        work.loaded, work.sample, work.split, work.comparison, work.settings, card=card, special=work.special
    )


def _quality(work: Work) -> Answer:
    told = quality_told(work.loaded, work.comparison, work.sample, work.settings, work.words)
    review = review_list(work.loaded, work.comparison, work.sample, work.words)
    return Answer(told, {"data/review.csv": review})


def _rejects(work: Work) -> Told:
    settings = work.settings
    return rejects_told(
        work.comparison, work.sample, work.incumbent, work.kinds, seed=settings.seed, threads=settings.run.threads
    )


_QUESTIONS: Mapping[str, Question] = {
    "quality": _quality,
    "views": lambda w: views_told(w.sample, w.kinds, w.settings),
    "selection": lambda w: selection_told(w.sample, w.kinds, w.settings, w.explained),
    "imbalance": lambda w: imbalance_told(w.sample, w.kinds, w.settings),
    "challenger": lambda w: challenger_told(w.comparison, w.sample, w.settings),
    "bands": _bands,
    "card": _card,
    "drift": _drift,
    "fairness": lambda w: fairness_told(w.loaded, w.comparison, w.sample, w.settings, points=_points(w)),
    "rejects": _rejects,
    "windows": windows_told,
    "losses": losses_told,
    "learning": learning_told,
}
