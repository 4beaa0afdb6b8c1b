"""Leave one site out: how the same network does at a place whose images it has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.decision import Decision
from casestudies.imaging.figures import costs_of
from casestudies.imaging.films import UNKNOWN
from casestudies.imaging.prices import ends
from casestudies.metrics import Answers, Bootstrap, bootstrap
from casestudies.metrics.intervals import percentile

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
_COLUMNS = ("site", "centre", "center", "hospital", "scanner", "institution")
_MOST = 4  # sites, the largest first
_FIGURES = ("auc", "expected_cost")


def sites_told(work: Work) -> dict[str, Any] | None:
    """analysis/sites.json; None where there are no two sites, no network of the run's own, or `groups.retrain` is off.

    For each site a network of the same recipe and seed is trained, calibrated and cut without the site, and judged on
    its test patients beside the run's first network, which has seen the site.
    """
    name, network = _column(work), work.model.members[0].trained
    if name is None or network is None or not len(network.trace) or not work.settings.groups.retrain:
        return None
    values = work.films.table[name]
    labels = values.astype("str").where(values.notna(), "").to_numpy(dtype=str)
    names, counts = np.unique(labels[labels != ""], return_counts=True)
    sites = names[np.argsort(-counts, kind="stable")][:_MOST].tolist()
    if len(sites) < 2:
        return None
    seen = network.read(work.fitted.features[0])
    told = [_site(work, site, labels, seen, number, len(sites)) for number, site in enumerate(sites)]
    return {"column": name, "sites": told, "few": work.settings.groups.few}


def _column(work: Work) -> str | None:
    """The column that says where an image was made."""
    asked = work.settings.groups.site
    known = [name for name in work.films.groups if name in work.films.table and name.lower() in _COLUMNS]
    return asked if asked in work.films.table else (known[0] if known else None)


def _site(work: Work, site: str, labels: NDArray[np.str_], seen: Floats, number: int, sites: int) -> dict[str, Any]:
    films, parts = work.films, work.parts

    def rows(part: Rows, inside: bool) -> Rows:
        return part[((labels[part] == site) == inside) & (films.label[part] != UNKNOWN)]

    test, train, validation = rows(parts.test, True), rows(parts.train, False), rows(parts.validation, False)
    told = {
        "site": site,
        "images": len(test),
        "diseased": int((films.label[test] == 1).sum()),
        "trained_on": len(train),
    }
    least = min(int((films.label[part] == label).sum()) for part in (test, train, validation) for label in (0, 1))
    if least < work.settings.groups.few:
        return {**told, "figures": None}
    unseen = _trained(work, train, validation, test, site, number, sites)
    own = parts.validation[films.label[parts.validation] != UNKNOWN]
    answers = {
        "seen": _answers(work, seen, own, test),
        "unseen": _answers(work, unseen, validation, test),
    }
    return {**told, **_compared(work, answers, test)}


def _trained(work: Work, train: Rows, validation: Rows, test: Rows, site: str, number: int, sites: int) -> Floats:
    """(images,) logits of a network that has not seen the site; nan for images of no part that is looked at."""
    from casestudies.imaging.training import train_network

    settings = work.settings

    def step(fraction: float, message: str) -> None:
        work.step((number + fraction) / sites, f"a network without {site}: {message}")

    network = train_network(
        work.films.take(train),
        work.films.take(validation),
        settings.model,
        settings.augment,
        settings.seed,
        step,
        settings.run.threads,
    )
    rows = np.concatenate([validation, test])
    logits = np.full(len(work.films), np.nan)
    logits[rows] = network.logits(work.films.pixels[rows])
    return logits


def _answers(work: Work, logits: Floats, validation: Rows, test: Rows) -> Answers:
    """On the site's test images, with the calibration and the cut that these validation images choose."""
    films = work.films
    decision = Decision.learnt(
        logits[validation], films.label[validation], films.patient[validation], work.settings.decide
    )
    p = decision.probability(logits[test])
    return Answers(p, decision.act(p))


def _compared(work: Work, answers: dict[str, Answers], test: Rows) -> dict[str, Any]:
    films, interval = work.films, work.settings.interval
    drawn: Bootstrap = bootstrap(
        films.label[test],
        answers,
        costs=costs_of(work.settings.decide, len(test)),
        groups=films.units[test],
        metrics=_FIGURES,
        rounds=interval.rounds,
        level=interval.level,
        seed=work.settings.seed,
    )
    differences = {}
    for metric in _FIGURES:
        gap = drawn.intervals["unseen"][metric].value - drawn.intervals["seen"][metric].value
        draws = drawn.draws["unseen"][metric] - drawn.draws["seen"][metric]
        differences[metric] = ends(percentile(gap, draws, drawn.level, "a resample holds one class only"))
    figures = {name: {m: ends(one) for m, one in some.items()} for name, some in drawn.intervals.items()}
    return {"figures": figures, "differences": differences}
