"""The study on ULB's card payments, split by time, beside others on the same rows and prices."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.credit.data import Loans, folder
from benchmarks.credit.running import Contender, answers, versions
from benchmarks.fraud.judged import Goal, Judgement, Rated
from benchmarks.optim.comparison import Table
from benchmarks.record import ROOT
from benchmarks.rows import Measurement
from benchmarks.timing import measured

TEXT = (
    "492 frauds and 18,380 of the 284,315 other payments of two days; the later fifth by time judges. A missed fraud costs its "
    "amount, looking at a payment 10 EUR. Savings are 1 - cost / cost of the better constant decision; intervals from 1,000 "
    "resamples of the judged rows, the same for everybody, so that differences are paired. There are only 75 frauds among "
    "them, and the dearest few carry the money: read the intervals, not the third digit. Ours is `casestudies run fraud "
    "--config examples/ulb_creditcard.yaml`, its candidates side by side and its champion chosen inside the training rows; the "
    "others get the run's rows, columns and prices. Weighted, each other payment stands for 15.4687, as in the whole file: "
    "LightGBM and scikit-learn are given these weights, empulse's learners of money costs that are so much larger, and what "
    "CSThreshold says is corrected to the true prior; it gets 0.01 EUR where a payment is of 0. Own thresholds: each row's own, by its amount. empulse's learners of "
    "money decide at one half, as published, and with the cut that costs least on three inner folds where said. empulse is "
    "AGPL-3.0: measured in an environment of its own, imported by nothing of ours. "
    "Where others win: as the rows are, empulse's CSBoost with a tuned cut and its CSLogit save more than our champion; weighted, "
    "LightGBM and scikit-learn at own thresholds, CSBoost (XGBoost) and CSLogit do; each within its interval. Beyond its interval "
    "only our own LightGBM taught what is at stake does. Models taught money order alerts worse: see their AP. "
)
FILE = "ulb_creditcard_sample/creditcard_sample.csv.gz"
_PEERS = "benchmarks.peers.empulse"
_THRESHOLD = "empulse CSThreshold(LightGBM)"
_EMPULSE = (
    Contender(_THRESHOLD, _PEERS, {"model": "threshold"}),
    Contender("empulse CSBoost (XGBoost)", _PEERS, {"model": "boost"}),
    Contender("empulse CSBoost (LightGBM)", _PEERS, {"model": "boost-lightgbm"}),
    Contender("empulse CSBoost (LightGBM), tuned cut", _PEERS, {"model": "boost-lightgbm", "tuned": 3}),
    Contender("empulse CSLogit", _PEERS, {"model": "logit"}),
    Contender("empulse CSLogit, L2", _PEERS, {"model": "logit", "l1_ratio": 0.0}),
)
_PLAIN = (
    Goal("as they are: savings", "savings", 0.70),
    Goal("as they are: AP", "ap", 0.87),
    Goal("as they are: first 100 alerts by p x amount over those by p", "more", 0.25),
)
_WEIGHTED = (
    Goal("weighted: savings", "savings", 0.58),
    Goal("weighted: AP", "ap", 0.75),
    Goal("weighted: first 100 alerts by p x amount over those by p", "more", None),
)
_CENT = 0.01  # empulse has no threshold where looking and not looking at a fraud cost the same: payments of 0 EUR
_QUICK = ("model.candidates=[logistic, lightgbm, mean]",)


def measure(rounds: int = 1_000, *, quick: bool = False) -> Measurement:
    """As the rows are, and with the weights of the whole file."""
    tables: list[Table] = []
    asked: list[list[str]] = []
    peers: dict[str, str] = {}
    for weighted, goals in ((False, _PLAIN), (True, _WEIGHTED)):
        study = Studied.of_run(weighted=weighted, overrides=_QUICK if quick else ())
        found = answers(_EMPULSE[:1] if quick else _EMPULSE, study.payments, np.where(study.held, 0, -1))
        peers |= versions(found)
        costs, held = study.costs.take(np.flatnonzero(study.held)), study.held
        models = study.candidates | _by_anybody(study)
        for one in found:
            if one.p is not None:
                p, act = one.p[held], np.ones(held.sum(), bool) if one.act is None else one.act[held]
                if weighted and one.contender.name == _THRESHOLD:
                    p = p / (p + (1 - p) * study.weight.max())
                    act = costs.act(p)
                models[one.contender.name] = Rated(p, act, float(one.fit.mean()))
        y, weight = study.payments.y[held], study.weight[held]
        judged = Judgement.of(y, costs, weight, models, study.champion, rounds)
        way = "each other payment weighs 15.4687" if weighted else "the rows as they are"
        caption = f"ULB, {way}: {held.sum():,} rows judged, {y.sum()} frauds in them"
        table = judged.table(caption)
        table["rows"] += [[one.contender.name, one.failure[:60], *[""] * 5] for one in found if one.p is None]
        tables.append(table)
        asked += judged.asked(goals)
    caption = "ULB: what was asked of the champion, and found"
    return [*tables, {"caption": caption, "head": ["", "asked", "found", "met"], "rows": asked}], peers


@dataclass(frozen=True, eq=False)
class Studied:
    """A run of the study: its rows for others, and its candidates' answers.

    Parameters
    ----------
    payments: every row with the run's features, and costs times weight, which is how a loss in money reads weights.
    weight: (rows,). costs: of every row, not weighed. held: (rows,) the judged ones.
    candidates: on the judged rows. champion: its name there.
    """

    payments: Loans
    weight: np.ndarray
    costs: Any
    held: np.ndarray
    candidates: dict[str, Rated]
    champion: str

    @classmethod
    def of_run(cls, *, weighted: bool, overrides: tuple[str, ...] = ()) -> Studied:
        import casestudies
        from casestudies.workflow.load import load

        place = folder()
        if place is None:
            raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
        more = ["analyse=[]", "report.formats=[]", "explain.rows=50", "explain.lime.samples=200", *overrides]
        more += ["data.weight=weight", "data.drop=[]"] if weighted else []
        config = ROOT / "examples/ulb_creditcard.yaml"
        with tempfile.TemporaryDirectory() as runs:
            run = casestudies.run("fraud", place / FILE, config, overrides=more, runs=runs, variables={})
            told = pd.read_parquet(run.path / "predictions.parquet")
            loaded = load(run.study, run.config, place / FILE, incumbent=None, leaks_allowed=False)
            champion = str(run.metrics["champion"])
        if loaded.costs is None:
            raise SystemExit("the example has lost its prices")
        checked, weight = loaded.checked, loaded.weight
        X, y = checked.frame[checked.features].reset_index(drop=True), loaded.y.astype(np.int64)
        held = np.zeros(len(y), dtype=bool)
        held[told["row"].to_numpy() - 1] = True
        prices = {key: getattr(loaded.costs, key) * weight for key in ("fp", "tp", "tn")}
        prices["fn"] = np.maximum(loaded.costs.fn, _CENT) * weight
        candidates = {
            f"casestudies {name}": Rated(told[f"p:{name}"].to_numpy(), told[f"act:{name}"].to_numpy(), ours=True)
            for name in (one.removeprefix("p:") for one in map(str, told) if one.startswith("p:"))
        }
        return cls(Loans("ULB", X, y, prices), weight, loaded.costs, held, candidates, f"casestudies {champion}")


def _by_anybody(study: Studied) -> dict[str, Rated]:
    """LightGBM and scikit-learn with what they come with."""
    from lightgbm import LGBMClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X, y, w, held = study.payments.X, study.payments.y, study.weight, study.held
    scale = StandardScaler().fit(X[~held])
    models: dict[str, tuple[Any, Any]] = {
        "LightGBM": (LGBMClassifier(random_state=0, n_jobs=1, verbosity=-1), X.to_numpy()),
        "scikit-learn LogisticRegression": (LogisticRegression(max_iter=1_000), scale.transform(X)),
    }
    costs, out = study.costs.take(np.flatnonzero(held)), {}
    for name, (model, rows) in models.items():
        fitted, cpu, _ = measured(partial(model.fit, rows[~held], y[~held], sample_weight=w[~held]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names of columns that an array does not have
            p = fitted.predict_proba(rows[held])[:, 1]
        out[f"{name}, own thresholds"] = Rated(p, costs.act(p), cpu)
        out[f"{name}, at one half"] = Rated(p, p > 0.5, cpu)
    return out
