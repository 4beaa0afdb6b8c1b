import pickle
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, MissingExtra, RunError
from casestudies.models import streamed
from casestudies.models.boosting import BoostedTrees
from casestudies.models.calibration import Calibrator
from casestudies.models.engine import Engine, mapped
from casestudies.models.linear import LogisticRegression
from casestudies.models.recipes import LogisticRecipe, TreesRecipe
from casestudies.models.sequences import of_file
from casestudies.models.streamed import Rows, fit
from casestudies.models.table import TableModel
from casestudies.tabular.encode import Encoder

ROWS, SIZES = 3000, (700, 0, 1800, 500)
KINDS = {"x": "number", "who": "category", "gap": "number"}


def table():
    random = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "x": random.normal(size=ROWS),
            "who": pd.Categorical(random.choice(["a", "b", "c"], ROWS)),
            "gap": np.where(random.random(ROWS) < 0.1, np.nan, random.lognormal(size=ROWS)),
        }
    )
    z = 1.2 * frame["x"] - 0.7 * (frame["who"] == "b") - 1
    y = (random.random(ROWS) < 1 / (1 + np.exp(-z))).to_numpy(dtype=float)
    weight = random.uniform(0.5, 2, ROWS)
    fold = np.where(random.random(ROWS) < 0.2, 0, 1)
    return frame, y, weight, fold


FRAME, Y, WEIGHT, FOLD = table()


@dataclass(frozen=True)
class InMemory:
    """The table in blocks, one of them without rows."""

    folds: int = 1
    counts: tuple[int, ...] = SIZES
    part: int = 400

    def read(self, block):
        first, last = np.cumsum([0, *SIZES])[[block, block + 1]]
        for start in range(first, last, self.part):
            some = slice(start, min(start + self.part, last))
            yield Rows(FRAME.iloc[some], Y[some], WEIGHT[some], FOLD[some])


def travelling():
    """The same blocks, which a worker can unpickle: workers do not have this module."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return InMemory()


class Slow:
    def __call__(self, number):
        import time

        time.sleep(0.01 * (number % 3))
        return number**2


def of_sample(recipe):
    some = np.arange(0, ROWS, 3)
    return recipe.fit(FRAME.iloc[some], Y[some], WEIGHT[some], np.arange(len(some)) % 3).model


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def linear():
    return of_sample(LogisticRecipe(KINDS, C=0.5, penalties=("l2",)))


def in_memory(model, rows):
    X = model.matrix(FRAME.iloc[rows])
    return LogisticRegression(C=0.5).fit(X, Y[rows], sample_weight=WEIGHT[rows])


def test_the_logistic_fit_by_blocks_is_the_fit_in_memory(linear, tmp_path):
    done = fit(linear, InMemory(), tmp_path, None, quiet)
    for model, rows in ((done.model, np.arange(ROWS)), (done.without[0], np.flatnonzero(FOLD != 0))):
        peer = in_memory(linear, rows)
        np.testing.assert_allclose(model.estimator.coef_, peer.coef_, rtol=0, atol=1e-7)
        np.testing.assert_allclose(model.estimator.intercept_, peer.intercept_, rtol=0, atol=1e-7)
    np.testing.assert_allclose(done.model.centre, linear.matrix(FRAME).mean(axis=0), atol=1e-12)
    assert done.seen == ((FOLD != 0).sum(),)
    assert done.findings == ()
    assert set(done.trace["problem"]) == {1}  # the fit on all rows


@pytest.mark.parametrize(("penalty", "ratio"), [("l1", None), ("elasticnet", 0.4)])
def test_the_penalty_of_the_sample_is_that_of_all_rows(penalty, ratio, tmp_path):
    some = np.arange(0, ROWS, 3)
    encoder = Encoder(KINDS).fit(FRAME.iloc[some])
    X = encoder.transform(FRAME)
    estimator = LogisticRegression(C=0.02, penalty=penalty, l1_ratio=ratio)
    model = TableModel("logistic", encoder, estimator.fit(X[some], Y[some]), Calibrator("none"), X.mean(axis=0))
    done = fit(model, InMemory(), tmp_path, None, quiet).model.estimator
    peer = LogisticRegression(C=0.02, penalty=penalty, l1_ratio=ratio).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_allclose(done.coef_, peer.coef_, rtol=0, atol=1e-5)
    assert ((done.coef_ == 0) == (peer.coef_ == 0)).all()
    assert (peer.coef_ == 0).any()


def test_held_rows_have_no_say(linear, tmp_path, monkeypatch):
    """Turning the labels of the rows left out changes the fit without them by nothing, and the other fit."""
    before = fit(linear, InMemory(), tmp_path, None, quiet)
    monkeypatch.setitem(globals(), "Y", np.where(FOLD == 0, 1 - Y, Y))
    after = fit(linear, InMemory(), tmp_path, None, quiet)
    np.testing.assert_allclose(after.without[0].estimator.coef_, before.without[0].estimator.coef_, atol=1e-9)
    assert abs(after.model.estimator.coef_ - before.model.estimator.coef_).max() > 0.01


def test_a_model_fitted_by_blocks_is_saved_and_read_back(linear, tmp_path):
    model = fit(linear, InMemory(), tmp_path, None, quiet).model
    again = TableModel.from_files(model.files())
    np.testing.assert_array_equal(again.probability(FRAME), model.probability(FRAME))


def test_trees_from_row_groups_are_the_trees_of_the_array(tmp_path):
    model = of_sample(TreesRecipe(KINDS, trees=12, leaves=7))
    done = fit(model, InMemory(), tmp_path, None, quiet)
    for ours, rows in ((done.model, np.arange(ROWS)), (done.without[0], np.flatnonzero(FOLD != 0))):
        peer = BoostedTrees(**(model.estimator.get_params()))
        peer.fit(model.matrix(FRAME.iloc[rows]), Y[rows], sample_weight=WEIGHT[rows])
        expected = peer.decision_function(model.matrix(FRAME))
        if len(rows) == ROWS:  # the bins of a part are those of the whole, so only the whole has a peer to the bit
            np.testing.assert_allclose(ours.margin(FRAME), expected, rtol=0, atol=1e-6)
        else:
            assert np.corrcoef(ours.margin(FRAME), expected)[0, 1] > 0.99
    assert done.seen == ((FOLD != 0).sum(),)
    assert len(done.trace["value"]) == 12


def test_a_sequence_gives_any_rows_of_the_file(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = np.random.default_rng(0).normal(size=(1000, 3))
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({f"x{j}": column for j, column in enumerate(values.T)}), path, row_group_size=300)
    rows, columns = of_file(path)
    assert (len(rows), columns) == values.shape
    for place in (slice(0, 1000), slice(250, 650), slice(299, 301), slice(990, 2000)):
        np.testing.assert_array_equal(rows[place], values[place])
    for place in (0, 299, 300, 999):
        np.testing.assert_array_equal(rows[place], values[place])
    np.testing.assert_array_equal(rows[[5, 600]], values[[5, 600]])


def test_what_cannot_run_on_a_cluster_is_refused_with_the_reason():
    engine = Engine.of("dask", "tcp://127.0.0.1:8786")
    engine.refuse(["logistic"])
    Engine().refuse(["lightgbm"])
    with pytest.raises(ConfigError, match=r"lightgbm is not fitted on a Dask cluster: .*model.candidates=\[logistic\]"):
        engine.refuse(["logistic", "lightgbm"])


@pytest.mark.parametrize(
    ("name", "scheduler", "said"),
    [
        ("spark", None, "'spark' is no engine"),
        ("dask", None, "--scheduler"),
        (None, "tcp://127.0.0.1:1", "needs --engine dask"),
        ("local", "tcp://127.0.0.1:1", "needs --engine dask"),
    ],
)
def test_an_engine_is_named_with_its_address(name, scheduler, said):
    with pytest.raises(ConfigError, match=said):
        Engine.of(name, scheduler)


def test_an_engine_goes_through_a_request():
    engine = Engine.of("dask", "tls://10.0.0.1:8786")
    assert Engine.asked({"engine": engine.told}) == engine
    assert Engine.asked({}) == Engine()
    assert Engine().told is None


@pytest.fixture(scope="module")
def address():
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
    from casestudies.optim.designs.dask import local

    with local(workers=2) as client:
        yield client.scheduler.address


class TestCluster:
    def test_the_fit_on_a_cluster_is_the_fit_here(self, address, linear, tmp_path):
        here = fit(linear, travelling(), tmp_path, None, quiet)
        with Engine(address).connected() as client:
            there = fit(linear, travelling(), tmp_path, client, quiet)
        for ours, theirs in ((here.model, there.model), (here.without[0], there.without[0])):
            np.testing.assert_allclose(theirs.estimator.coef_, ours.estimator.coef_, rtol=0, atol=1e-10)
            np.testing.assert_allclose(theirs.estimator.intercept_, ours.estimator.intercept_, rtol=0, atol=1e-10)
        assert there.seen == here.seen

    def test_work_comes_back_in_order_and_a_few_at_a_time(self, address):
        with Engine(address).connected() as client:
            assert list(mapped(client, Slow(), range(12))) == [number**2 for number in range(12)]

    def test_nobody_answers(self):
        pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
        import casestudies.models.engine as module

        module_timeout, module._TIMEOUT = module._TIMEOUT, "1s"
        try:
            with pytest.raises(RunError, match="no scheduler answers"), Engine("tcp://127.0.0.1:9").connected():
                pass
        finally:
            module._TIMEOUT = module_timeout

    def test_a_door_that_stands_open_is_not_gone_through(self):
        pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
        with pytest.raises(ConfigError, match="without TLS"), Engine("tcp://10.1.2.3:8786").connected():
            pass


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match="casestudies\\[dask\\]"), Engine("tcp://127.0.0.1:8786").connected():
        pass


def test_blocks_travel():
    encoder = Encoder(KINDS).fit(FRAME)
    estimator = LogisticRegression().fit(encoder.transform(FRAME), Y)
    model = TableModel("logistic", encoder, estimator, Calibrator("none"), np.zeros(len(encoder.feature_names)))
    block = streamed.EncodedBlock(InMemory(), 2, model)
    again = pickle.loads(pickle.dumps(block))
    tiles = list(again.tiles(700))
    assert again.shape == (1800, model.matrix(FRAME).shape[1] + 1)
    assert [tile.rows.start for tile in tiles[:2]] == [700, 1100]
    np.testing.assert_array_equal(np.vstack([tile.X for tile in tiles]), model.matrix(FRAME)[700:2500])
