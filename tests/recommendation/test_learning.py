"""The learning curve of the lists: on the same customers, from nested shares of what is known."""

import dataclasses

import numpy as np
import pytest

from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.recommendation.comparison import serving
from casestudies.recommendation.learning import learning_told
from casestudies.runs.disk import to_json
from casestudies.workflow.shares import SHARES, kept


@pytest.fixture(scope="module", params=["small_work", "rated_work"])
def work(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def told(work):
    return learning_told(work)


def test_the_last_point_is_the_runs_own_figure(work, told):
    figure = work.judged.metrics[work.comparison.champion][f"ndcg_at_{work.judged.told['k']}"]
    last = told["figures"][told["measure"]]["points"][-1]
    assert last["value"] == pytest.approx(figure["value"])
    assert told["judged"] == len(work.judged.panel.users)


def test_a_share_is_judged_as_if_it_were_all_that_is_known(work, told):
    """The 32 % point made again by hand, list by list."""
    known, k = work.parts.known, work.judged.told["k"]
    rows = known[kept(np.arange(len(known)), np.zeros(len(known)), SHARES[2], (work.settings.seed, 0))]
    model = serving(work.comparison, work.settings).fit(work.data.take(rows))
    had = {(u, i) for u, i in zip(work.data.user[known], work.data.item[known], strict=True)}
    panel, gains = work.judged.panel, []
    scores = np.array(model.scores(panel.users), dtype=np.float32)
    for at, user in enumerate(panel.users):
        row = scores[at].copy()
        if row.min() == row.max():
            row = panel.owners.astype(np.float32)
        row[[item for item in range(len(row)) if (user, item) in had]] = -np.inf
        best = np.argsort(-row, kind="stable")[:k]
        wanted = set(panel.relevant.items[panel.relevant.starts[at] : panel.relevant.starts[at + 1]].tolist())
        gain = sum(1 / np.log2(place + 2) for place, item in enumerate(best) if item in wanted)
        gains.append(gain / sum(1 / np.log2(place + 2) for place in range(min(k, len(wanted)))))
    assert told["figures"][told["measure"]]["points"][2]["value"] == pytest.approx(np.mean(gains), abs=1e-9)


def test_ratings_have_a_curve_of_their_errors(rated_work):
    told, data, test = learning_told(rated_work), rated_work.data, rated_work.parts.test
    model = rated_work.comparison.fitted[rated_work.comparison.champion]
    missed = data.rating[test] - model.rate(data.user[test], data.item[test])
    assert told["figures"]["rmse"]["points"][-1]["value"] == pytest.approx(np.sqrt(np.mean(missed**2)))


def test_few_choices_give_no_curve(small_work):
    few = dataclasses.replace(
        small_work, parts=dataclasses.replace(small_work.parts, train=small_work.parts.train[:50])
    )
    assert learning_told(few)["none"].startswith("too few to say")


def test_the_same_seed_gives_the_same_bytes(work, told):
    assert to_json(learning_told(work)) == to_json(told)


def test_vectors_that_shrink_to_nothing_stay_numbers(small_work):
    """A tenth of the choices: steps of conjugate gradient whose curvature is lost to rounding end there."""
    data = small_work.data
    rows = kept(np.arange(len(data)), np.zeros(len(data)), 0.1, (0, 0))
    for ridge in (1.0, 1e3, 1e6):
        model = MatrixFactorization(8, feedback="implicit", ridge=ridge).fit(data.take(rows))
        assert np.isfinite(model.scores(np.arange(data.shape[0], dtype=np.int32))).all()
