"""Adam for factors: against torch step by step, against itself in other circumstances, and what it learns."""

import dataclasses
import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.optim import Asked, Patience, Reason, Steps, Trace, diagnose, load, minimise, save
from casestudies.optim.factors import FactorAdam, FactorObjective, FactorState, Layout, Tables, passes

SHAPE = (30, 20)
KINDS = ["row", "entry"]


def planted(n=400, shape=SHAPE, noise=0.3, rank=3, seed=0):
    """Ratings that are products of hidden vectors, and noise."""
    rng = np.random.default_rng(seed)
    P, Q = (rng.normal(size=(rows, rank)) for rows in shape)
    user, item = (rng.integers(0, rows, n, dtype=np.int32) for rows in shape)
    rating = 3.5 + (P[user] * Q[item]).sum(1) / rank**0.5 + noise * rng.normal(size=n)
    return user, item, rating.astype(np.float32)


def objective(data=None, shape=SHAPE, **changes):
    settings = {"factors": 4, "ridge": 0.05, "bias_ridge": 0.02, "batches": 3}
    return FactorObjective(*(planted() if data is None else data), shape, **(settings | changes))


def same(one, other):
    for name in ("users", "items", "user_bias", "item_bias"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


# --- the step, against torch ----------------------------------------------------------------------------------------


def batch_of(o, number):
    """user, item, rating less the mean of one batch, as int64 and float64."""
    side, runs = o.cut.users, np.diff(o.cut.users.firsts)
    first, last = side.firsts[side.chunks[side.batches[number : number + 2]]]
    user = np.repeat(side.rows, runs)[first:last]
    return user.astype(np.int64), side.other[first:last].astype(np.int64), o.cut.ratings[first:last].astype(np.float64)


def held(codes, growth):
    """(ratings,) what the ridges of each rating's row are multiplied by: the definition, row by row."""
    rows, counts = np.unique(codes, return_counts=True)
    factor = {row: (len(codes) / len(rows) / count) ** (1 - growth) for row, count in zip(rows, counts, strict=True)}
    return np.array([factor[row] for row in codes])


def by_torch(o, method, start, epochs, optimizer):
    """The same steps with torch's gradients, in double precision: the definition, written out.

    optimizer: of torch's, for `moments="entry"`; None = the rule for rows, by hand.
    """
    torch = pytest.importorskip("torch", reason="torch is an extra")
    sparse = optimizer == "SparseAdam"
    names = ("users", "user_bias", "items", "item_bias")
    tables = {}
    for name in names:
        values = torch.tensor(getattr(start, name), dtype=torch.float64).reshape(len(getattr(start, name)), -1)
        tables[name] = torch.nn.Embedding.from_pretrained(values.clone(), freeze=False, sparse=sparse)
    sides = [[tables[name].weight for name in part] for part in (names[:2], names[2:])]
    made = [getattr(torch.optim, optimizer)(side, lr=1.0, betas=method.betas) for side in sides] if optimizer else None
    memory = {
        name: (torch.zeros_like(table.weight), torch.zeros_like(table.weight[:, :1])) for name, table in tables.items()
    }
    holds = [np.zeros(rows) for rows in o.shape]
    for hold, codes in zip(holds, (o.user, o.item), strict=True):
        hold[codes] = held(codes, o.growth)
    step = 0
    for epoch in range(epochs):
        order = np.random.default_rng([method.seed, 1, epoch]).permutation(len(o.cut))
        for number in order:
            step += 1
            steps = method.epochs * len(o.cut)
            rate = method.rate * 0.5 * (1 + np.cos(np.pi * step / (steps + 1)))
            u, i, r = (torch.from_numpy(part) for part in batch_of(o, number))
            hold = [torch.from_numpy(rows[codes])[:, None] for rows, codes in zip(holds, (u, i), strict=True)]
            errors = None
            for side in (0, 1):
                p, q, b, c = (
                    tables[name](index)
                    for name, index in zip(("users", "items", "user_bias", "item_bias"), (u, i, u, i), strict=True)
                )
                if side == 0:
                    error = r - b[:, 0] - c[:, 0] - (p * q).sum(1)
                    errors = error.detach()
                    loss = error.square().sum() / 2
                    loss = loss + (hold[0] * (o.ridge * p.square() + o.bias_ridge * b.square() / p.shape[1])).sum() / 2
                else:  # the errors as the users found them, the users as they are now
                    loss = -(errors * ((p.detach() * q).sum(1) + c[:, 0])).sum()
                    loss = loss + (hold[1] * (o.ridge * q.square() + o.bias_ridge * c.square() / q.shape[1])).sum() / 2
                for weight in sides[0] + sides[1]:
                    weight.grad = None
                loss.backward()
                if made:
                    made[side].param_groups[0]["lr"] = rate
                    made[side].step()
                    continue
                for name in (names[:2], names[2:])[side]:
                    weight, (m, v) = tables[name].weight, memory[name]
                    rows = (u, i)[side].unique()
                    g, (b1, b2) = weight.grad[rows], method.betas
                    m[rows] = b1 * m[rows] + (1 - b1) * g
                    v[rows] = b2 * v[rows] + (1 - b2) * g.square().mean(1, keepdim=True)
                    with torch.no_grad():
                        weight[rows] -= rate * (m[rows] / (1 - b1**step)) / ((v[rows] / (1 - b2**step)).sqrt() + 1e-8)
    return {name: table.weight.detach().numpy() for name, table in tables.items()}


def close(tables, theirs, tolerance=2e-5):
    for name, values in theirs.items():
        np.testing.assert_allclose(getattr(tables, name).reshape(values.shape), values, rtol=0, atol=tolerance)


@pytest.mark.parametrize("epochs", [1, 4])
def test_ordinary_adam_is_torchs_adam_where_every_row_is_in_every_batch(epochs):
    shape = (6, 5)
    user, item = (np.tile(part.reshape(-1), 8).astype(np.int32) for part in np.indices(shape))
    rating = np.random.default_rng(1).normal(3, 1, len(user)).astype(np.float32)
    o, method = objective((user, item, rating), shape), FactorAdam(0.05, 4, moments="entry", spread=0.3, seed=2)
    for number in range(3):
        assert [len(np.unique(part)) for part in batch_of(o, number)[:2]] == list(shape)
    start = method.start(o, None).tables
    solution = minimise(o, method, stop=[Steps(epochs)])
    close(solution.state.tables, by_torch(o, method, start, epochs, "Adam"))


@pytest.mark.parametrize("growth", [1.0, 0.4])
@pytest.mark.parametrize("epochs", [1, 4])
def test_ordinary_adam_is_torchs_sparse_adam_where_rows_are_missing_from_batches(epochs, growth):
    o, method = objective(batches=9, growth=growth), FactorAdam(0.05, 4, moments="entry", spread=0.3, seed=2)
    start = method.start(o, None).tables
    solution = minimise(o, method, stop=[Steps(epochs)])
    close(solution.state.tables, by_torch(o, method, start, epochs, "SparseAdam"))


@pytest.mark.parametrize("growth", [1.0, 0.4])
@pytest.mark.parametrize("batches", [1, 9])
def test_the_rule_for_rows_takes_torchs_gradients_over_the_root_of_their_mean_square(batches, growth):
    o, method = objective(batches=batches, growth=growth), FactorAdam(0.05, 4, betas=(0.8, 0.98), spread=0.3, seed=2)
    start = method.start(o, None).tables
    close(minimise(o, method, stop=()).state.tables, by_torch(o, method, start, 4, None))


def test_with_one_factor_both_rules_are_one():
    one, other = (minimise(objective(factors=1), FactorAdam(0.05, 5, moments=kind), stop=()).state for kind in KINDS)
    np.testing.assert_allclose(one.x, other.x, atol=1e-6)


def test_what_holds_a_row_is_the_power_of_its_ratings_and_nothing_for_a_usual_row():
    counts = np.array([4, 1, 7, 0, 4])
    user = np.repeat(np.arange(5), counts).astype(np.int32)
    item = (np.arange(16) % 4).astype(np.int32)
    o = objective((user, item, np.ones(16, np.float32)), (5, 4), growth=0.5)
    assert o.usual == (4.0, 4.0)
    np.testing.assert_allclose(o.holds[0], [1, 2, (4 / 7) ** 0.5, 2, 1], rtol=1e-6)  # who has none, as who has one
    np.testing.assert_array_equal(o.holds[1], np.ones(4, np.float32))


def test_the_ridge_counts_once_for_each_rating():
    """All ratings twice double every gradient, penalty and all, and Adam looks at directions only."""
    user, item, rating = planted()
    twice = tuple(np.concatenate([part, part]) for part in (user, item, rating))
    one, other = (
        minimise(objective(data, batches=1), FactorAdam(0.02, 6), stop=()).state.x
        for data in ((user, item, rating), twice)
    )
    np.testing.assert_allclose(one, other, atol=2e-5)


# --- the same bits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factors", [3, 16])
def test_any_number_of_threads_gives_the_same_bits(kind, factors, monkeypatch):
    monkeypatch.setattr(passes, "_MUCH", 0)  # so that 16 factors are a number known to the compiler, 3 are not
    data, shape = planted(9000, (300, 80)), (300, 80)
    runs = [
        minimise(objective(data, shape, factors=factors, threads=threads), FactorAdam(0.03, 3, moments=kind), stop=())
        for threads in (1, 2, 3)
    ]
    for run in runs[1:]:
        same(run.state.tables, runs[0].state.tables)
        for name, column in runs[0].trace.columns().items():
            if name != "seconds":
                np.testing.assert_array_equal(run.trace.columns()[name], column, err_msg=name)


def test_loops_for_a_known_number_of_factors_compute_what_the_others_do(monkeypatch):
    o, method = objective(planted(3000), factors=16, growth=0.5), FactorAdam(0.02, 3)
    plain = minimise(o, method, stop=()).state
    monkeypatch.setattr(passes, "_MUCH", 0)
    np.testing.assert_allclose(minimise(o, method, stop=()).state.x, plain.x, atol=1e-5)


def fitted(threads=2):
    return minimise(objective(planted(3000), threads=threads), FactorAdam(0.03, 3), stop=()).x


def in_child(connection):
    connection.send(fitted())


def test_a_forked_process_and_threads_beside_each_other_fit_as_one_alone():
    alone = fitted()
    with ThreadPoolExecutor(3) as pool:
        for x in pool.map(lambda _: fitted(), range(3)):
            np.testing.assert_array_equal(x, alone)
    if "fork" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        child = context.Process(target=in_child, args=(theirs,))
        child.start()
        assert mine.poll(60)
        np.testing.assert_array_equal(mine.recv(), alone)
        child.join(10)
        assert child.exitcode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_solve_that_goes_on_from_a_file_is_the_solve_that_never_stopped(kind, tmp_path):
    held_out = planted(80, seed=7)
    method = FactorAdam(0.05, 7, moments=kind, cycles=3, snapshots=2, seed=3)
    whole = minimise(objective(held_out=held_out), method, stop=())
    first = minimise(objective(held_out=held_out), method, stop=[Steps(5)])
    save(tmp_path / "state.npz", first.state)
    rest = minimise(
        objective(held_out=held_out),
        method,
        load(tmp_path / "state.npz", FactorState),
        stop=(),
        trace=Trace.from_columns(first.trace.columns()),
    )
    np.testing.assert_array_equal(rest.x, whole.x)
    np.testing.assert_array_equal(rest.best, whole.best)
    assert len(rest.state.snapshots) == 2
    for one, other in zip(rest.state.snapshots, whole.state.snapshots, strict=True):
        same(one, other)
    for name, column in whole.trace.columns().items():
        if name != "seconds":
            np.testing.assert_array_equal(rest.trace.columns()[name], column, err_msg=name)


def test_a_step_leaves_the_state_it_began_from_as_it_was():
    o, method = objective(), FactorAdam(0.05, 4, snapshots=1)
    state = minimise(o, method, stop=[Steps(2)]).state
    before = state.x.copy(), state.moments.copy()
    one, other = (method.step(o, state, np.array([0])) for _ in range(2))
    np.testing.assert_array_equal(state.x, before[0])
    same(state.moments.first, before[1].first)
    same(state.moments.second, before[1].second)
    np.testing.assert_array_equal(one.x, other.x)


# --- going on from tables -------------------------------------------------------------------------------------------


def test_a_few_ratings_can_be_learnt_on_the_rows_that_they_touch_alone():
    """Rows without ratings stay as they are, so their number costs nothing: the touched ones can be fitted apart."""
    grown = minimise(objective(), FactorAdam(0.05, 4), stop=()).state.tables
    user, item = np.array([3, 3, 17], np.int32), np.array([0, 19, 19], np.int32)
    rating, method = np.array([5, 1, 2], np.float32), FactorAdam(0.01, 3)
    whole = objective((user, item, rating), mean=3.5, batches=2)
    all_rows = minimise(whole, method, start=whole.point(grown), stop=()).state.tables
    (users, u), (items, i) = (np.unique(part, return_inverse=True) for part in (user, item))
    few = objective((u, i, rating), (2, 2), mean=3.5, batches=2)
    part = Tables(grown.users[users], grown.items[items], grown.user_bias[users], grown.item_bias[items])
    touched = minimise(few, method, start=few.point(part), stop=()).state.tables
    np.testing.assert_array_equal(all_rows.users[users], touched.users)
    np.testing.assert_array_equal(all_rows.items[items], touched.items)
    others = np.delete(np.arange(SHAPE[0]), users)
    np.testing.assert_array_equal(all_rows.users[others], grown.users[others])
    assert not np.array_equal(touched.users, part.users)


def test_a_point_is_the_tables_and_back():
    layout, rng = Layout(4, 3, 2, bags=(5, 1)), np.random.default_rng(0)
    tables = layout.cut(rng.normal(size=layout.size).astype(np.float32))
    again = layout.cut(layout.join(tables))
    same(again, tables)
    assert [bag.shape for bag in again.bags] == [(5, 2), (1, 2)]
    for one, other in zip(again.bags + again.bag_bias, tables.bags + tables.bag_bias, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(DataError, match=r"a point of 3 numbers"):
        layout.cut(np.zeros(3))
    with pytest.raises(DataError, match=r"grow them first"):
        Layout(5, 3, 2).join(dataclasses.replace(tables, bags=(), bag_bias=()))


# --- what it learns, and what is said of it -------------------------------------------------------------------------


def split(n=6000, held=1000, shape=(150, 100), **more):
    data = planted(n, shape, **more)
    return tuple(part[held:] for part in data), tuple(part[:held] for part in data), shape


def test_hidden_vectors_are_found_to_within_the_noise():
    data, held_out, shape = split(n=20_000)
    solution = minimise(objective(data, shape, held_out=held_out, batches=8, factors=3), FactorAdam(0.03, 30), stop=())
    rmse = solution.trace.columns()["held_out_metric"]
    assert rmse[0] > 0.9
    assert 0.3 < rmse[-1] < 0.34  # the noise has 0.3


def test_the_first_row_of_the_trace_is_the_start_and_the_errors_are_those_of_the_tables():
    data, held_out, shape = split()
    o = objective(data, shape, held_out=held_out, scale=(1.0, 5.0))
    solution = minimise(o, FactorAdam(0.03, 6), stop=())
    table, t = solution.trace.columns(), solution.state.tables

    def error(user, item, rating, low=-np.inf, high=np.inf):
        predicted = o.centre + t.user_bias[user] + t.item_bias[item] + (t.users[user] * t.items[item]).sum(1)
        return np.mean((np.clip(predicted, low, high) - rating) ** 2)

    assert table["value"][0] == pytest.approx(np.var(data[2]), rel=0.01)
    assert table["baseline"][0] == pytest.approx(np.var(data[2]), rel=1e-5)
    assert table["held_out_loss"][-1] == pytest.approx(error(*held_out, 1.0, 5.0), rel=1e-5)
    assert o.error(t) == pytest.approx(error(*data), rel=1e-5)
    assert (np.diff(table["value"]) < 0).all()
    for name in ("gradient_norm", "gradient/users", "gradient/items", "move/users", "move/items", "rate"):
        assert (table[name][1:] > 0).all(), name


def test_the_figures_of_an_epoch_are_those_of_its_steps():
    """One batch and no memory: the move is the rate, for the gradient is divided by its own root mean square."""
    o = objective(batches=1)
    method = FactorAdam(0.05, 1, betas=(0.0, 0.0))
    state = method.step(o, before := method.start(o, None), np.array([0]))
    rate = state.figures["rate"][0]
    assert state.figures["move/users"][0] == pytest.approx(rate, rel=1e-4)
    moved = state.tables.users - before.tables.users
    assert np.sqrt(np.square(moved).mean(1)) == pytest.approx(np.full(SHAPE[0], rate), rel=1e-3)
    u, i, r = batch_of(o, 0)
    t = before.tables
    error = r - (t.users[u] * t.items[i]).sum(1)
    gradient = np.zeros((SHAPE[0], 4))
    np.add.at(gradient, u, o.ridge * t.users[u] - error[:, None] * t.items[i])
    lengths = np.linalg.norm(gradient, axis=1)
    assert state.figures["gradient/users"][0] == pytest.approx(np.sqrt(np.mean(lengths**2)), rel=1e-4)
    assert state.value[0] == pytest.approx(np.mean(error**2), rel=1e-5)


def test_a_rate_comes_down_in_each_cycle_and_the_ends_are_kept():
    o, method = objective(), FactorAdam(0.1, 9, cycles=3, snapshots=2)
    solution = minimise(o, method, stop=())
    rate = solution.trace.columns()["rate"][1:]
    assert (np.diff(rate).reshape(-1)[[0, 1, 3, 4, 6, 7]] < 0).all()
    np.testing.assert_allclose(rate[[2, 5, 8]], rate[2])
    assert rate[2] < 0.05 * rate[0]
    ends = [minimise(o, method, stop=[Steps(epochs)]).state.tables for epochs in (6, 9)]
    for snapshot, end in zip(solution.state.snapshots, ends, strict=True):
        same(snapshot, end)


def test_cycles_that_begin_anew_are_fits_one_after_the_other(tmp_path):
    o = objective(planted(n=2000))
    method = FactorAdam(0.02, 30, cycles=3, snapshots=3, fresh=True, seed=4)
    solution = minimise(o, method)
    one, two, three = solution.state.snapshots
    same(one, minimise(o, FactorAdam(0.02, 10, seed=4)).state.tables)
    assert np.abs(one.users - two.users).max() > 0.1  # the same products, by other vectors
    values = solution.trace.columns()["value"]
    assert values[11] > 1.5 * values[10]  # back at the start
    held = [np.sqrt(o.error(tables)) for tables in (one, two, three)]
    np.testing.assert_allclose(held, held[0], rtol=0.05)
    half = minimise(o, method, stop=(Steps(13),))
    save(tmp_path / "state.npz", half.state)
    same(three, minimise(o, method, load(tmp_path / "state.npz", FactorState)).state.snapshots[2])


def test_the_best_point_on_held_out_ratings_is_kept_and_patience_stops_there():
    data, held_out, shape = split(n=2500, noise=1.0)
    o = objective(data, shape, held_out=held_out, factors=12, ridge=0.0)
    solution = minimise(o, FactorAdam(0.05, 60), stop=[Patience(4)])
    errors = solution.trace.columns()["held_out_loss"]
    best = int(errors.argmin())
    assert solution.reason is Reason.PATIENCE
    assert len(errors) == best + 5
    assert o.held_out_error(o.tables(solution.best)) == errors[best]


def test_a_fit_that_learns_its_ratings_by_heart_is_called_over_fitted():
    data, held_out, shape = split(n=2500, noise=1.0)
    o = objective(data, shape, held_out=held_out, factors=12, ridge=0.0)
    solution = minimise(o, FactorAdam(0.05, 60), stop=())
    assert [finding.code for finding in diagnose(solution.trace, solution)] == ["overfit"]


def test_a_fit_that_was_interrupted_is_called_not_converged():
    data, held_out, shape = split(n=20_000)
    o = objective(data, shape, held_out=held_out)
    solution = minimise(o, FactorAdam(0.002, 100), stop=[Steps(10)])
    assert [finding.code for finding in diagnose(solution.trace, solution)] == ["not_converged"]
    whole = minimise(o, FactorAdam(0.02, 30), stop=())
    assert diagnose(whole.trace, whole) == []


def test_a_rate_that_is_too_large_is_refused_and_called_an_explosion():
    o, method = objective(), FactorAdam(500.0, 10)
    solution = minimise(o, method, stop=())
    assert solution.reason is Reason.DIVERGED
    np.testing.assert_array_equal(solution.x, method.start(o, None).x)
    (finding,) = diagnose(solution.trace, solution)
    assert finding.code == "explosion"
    assert "rate" in finding.evidence


def test_ratings_that_are_all_the_same_are_no_explosion():
    user, item, rating = planted()
    solution = minimise(objective((user, item, np.full_like(rating, 4))), FactorAdam(0.01, 5), stop=())
    assert solution.reason is Reason.STEPS
    assert solution.state.value[0] < 1e-3


def test_it_can_be_asked_to_stop():
    solution = minimise(objective(), FactorAdam(0.05, 50), stop=[Asked(lambda state: state.step >= 2)])
    assert (solution.reason, solution.state.step) == (Reason.CANCELLED, 2)


def test_movielens_is_predicted_as_the_notes_say(real_data):
    table = np.loadtxt(real_data / "ml-100k" / "u.data", dtype=np.int64)
    user, item, rating = table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float32)
    order = np.random.default_rng(0).permutation(len(table))
    train, test = order[:90_000], order[90_000:]
    o = FactorObjective(
        *(part[train] for part in (user, item, rating)), (943, 1682), factors=32, ridge=0.1, bias_ridge=0.01,
        batches=8, held_out=tuple(part[test] for part in (user, item, rating)), scale=(1, 5),
    )  # fmt: skip
    solution = minimise(o, FactorAdam(0.01, 25, betas=(0.9, 0.99), spread=0.03), stop=())
    assert solution.state.figures["held_out_metric"][0] < 0.916  # LensKit's ALS 0.918, Surprise 0.9355


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"factors": 0}, "factors is 0"),
        ({"ridge": -1.0}, "ridge is -1.0"),
        ({"bias_ridge": np.nan}, "bias_ridge is nan"),
        ({"batches": 0}, "batches is 0"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_a_setting_out_of_its_range_is_named(changes, words):
    with pytest.raises(ConfigError, match=words):
        objective(**changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda u, i, r: (u[:-1], i, r), "ratings: 399 users, 400 items and 400 values do not go together"),
        (lambda u, i, r: (u[:0], i[:0], r[:0]), "ratings: there are none"),
        (
            lambda u, i, r: (np.where(np.arange(400) == 6, 30, u), i, r),
            "row 7: ratings: user 30 where 30 are numbered from 0",
        ),
        (lambda u, i, r: (u, np.where(np.arange(400) == 2, -1, i), r), "row 3: ratings: item -1 where 20"),
        (lambda u, i, r: (u, i, np.where(np.arange(400) == 9, np.nan, r)), "row 10: ratings: nan is no rating"),
    ],
)
def test_ratings_that_cannot_be_are_named_with_their_row(change, words):
    with pytest.raises(DataError) as caught:
        objective(change(*planted()))
    assert words in str(caught.value)
    with pytest.raises(DataError, match="held-out ratings"):
        objective(held_out=change(*planted()))


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": 0.0},
        {"rate": np.inf},
        {"spread": 0.0},
        {"betas": (0.9, 1.0)},
        {"moments": "column"},
        {"epochs": 0},
        {"cycles": 9},
        {"cycles": 0},
        {"cycles": 2, "snapshots": 3},
    ],
)
def test_a_method_that_makes_no_sense_is_refused(settings):
    with pytest.raises(ConfigError):
        FactorAdam(**({"rate": 0.1, "epochs": 5} | settings))


def test_a_state_of_other_tables_is_refused():
    state = minimise(objective(), FactorAdam(0.05, 4), stop=[Steps(1)]).state
    with pytest.raises(DataError, match="grown tables"):
        minimise(objective(factors=5), FactorAdam(0.05, 4), state)


def test_compiled_loops_are_loaded_when_a_fit_is_made_and_not_before():
    code = "import sys, casestudies.optim.factors; print({'numba', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
