from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.optim import lr_scheduler as theirs  # noqa: E402

from casestudies.errors import ConfigError  # noqa: E402
from casestudies.optim import minimise  # noqa: E402
from casestudies.optim.batches import TensorRows  # noqa: E402
from casestudies.optim.methods.first_order import Torch, TorchState  # noqa: E402
from casestudies.optim.methods.optimizers import OPTIMIZERS, steepest  # noqa: E402
from casestudies.optim.methods.schedules import SCHEDULES, OneCycle, Plateau, schedule  # noqa: E402
from casestudies.optim.methods.switching import Switch, SwitchState  # noqa: E402
from casestudies.optim.networks import TorchObjective  # noqa: E402
from casestudies.optim.reasons import Reason  # noqa: E402
from casestudies.optim.saving import load, save  # noqa: E402
from casestudies.optim.stopping import Asked, Patience, Steps  # noqa: E402
from casestudies.optim.trace import Trace  # noqa: E402

EPOCHS = 4
SCHEDULED = {
    name: schedule(name, **({"epochs": 3} if name in ("cosine", "warm_restarts", "one_cycle") else {}))
    for name in SCHEDULES
}
DATA = np.random.default_rng(0)
X = torch.from_numpy(DATA.normal(size=(120, 3))).float()
Y = (X[:, 0] * X[:, 1] > 0).float()


def log_loss(output, labels):
    return F.binary_cross_entropy_with_logits(output[:, 0], labels)


def network(batch=16, *, dropout=0.2, held_out=True, seed=0):
    """With all that has a memory or a mind of its own: running means, dropout, augmentation."""
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 1))
    noisy = lambda inputs, g: inputs + 0.1 * torch.randn(inputs.shape, generator=g)  # noqa: E731
    return TorchObjective(
        module, log_loss, TensorRows(X[:80], Y[:80], batch, noisy), TensorRows(X[80:], Y[80:]) if held_out else None
    )


def run(method, steps=EPOCHS, objective=None, **more):
    return minimise(objective or network(), method, stop=(Steps(steps),), **more)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("planned", SCHEDULED)
def test_a_solve_that_goes_on_from_a_file_is_the_solve_that_never_stopped(name, planned, tmp_path):
    method = Torch(name, 0.02, SCHEDULED[planned], clip=1.0, seed=5)
    whole = run(method)
    first = run(method, 2)
    save(tmp_path / "state.npz", first.state)
    torch.manual_seed(99)  # what others do with torch's random numbers changes nothing
    rest = run(
        method,
        start=load(tmp_path / "state.npz", TorchState),
        trace=Trace.from_columns(first.trace.columns()),
        objective=network(seed=1),
    )
    np.testing.assert_array_equal(rest.x, whole.x)
    np.testing.assert_array_equal(rest.best, whole.best)
    for one, other in zip(rest.state.buffers, whole.state.buffers, strict=True):
        np.testing.assert_array_equal(one, other)
    for figure, column in whole.trace.columns().items():
        if figure != "seconds":
            np.testing.assert_array_equal(rest.trace.columns()[figure], column, err_msg=figure)


def by_hand(make, plan, *, batches, each_batch, epochs=EPOCHS):
    """A plain loop, as anyone would write it, over the same rows: one tensor of 80 rows cut in order."""
    torch.manual_seed(0)
    module = nn.Linear(3, 1)
    optimizer = make(module.parameters())
    scheduler = plan(optimizer) if plan else None
    for _ in range(epochs):
        for inputs, labels in zip(X[:80].split(80 // batches), Y[:80].split(80 // batches), strict=True):
            optimizer.zero_grad()
            log_loss(module(inputs), labels).backward()
            optimizer.step()
            if scheduler and each_batch:
                scheduler.step()
        if scheduler and not each_batch:
            with torch.no_grad():
                value = float(log_loss(module(X[:80]), Y[:80]))
            scheduler.step(*([value] if isinstance(scheduler, theirs.ReduceLROnPlateau) else []))
    return torch.cat([p.detach().reshape(-1) for p in module.parameters()]).numpy()


class InOrder(TensorRows):
    def epoch(self, generator):
        return self.in_order()


def linear(batches):
    torch.manual_seed(0)
    return TorchObjective(nn.Linear(3, 1), log_loss, InOrder(X[:80], Y[:80], 80 // batches))


PLAIN = {
    "gd": lambda p: torch.optim.SGD(p, 0.1),
    "sgd": lambda p: torch.optim.SGD(p, 0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, 0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.1),
    "adam": lambda p: torch.optim.Adam(p, 0.1),
    "adamw": lambda p: torch.optim.AdamW(p, 0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimiser_is_torchs_own(name):
    batches = 1 if name == "gd" else 4
    solution = run(Torch(name, 0.1), objective=linear(batches))
    np.testing.assert_array_equal(solution.x[:, 0], by_hand(PLAIN[name], None, batches=batches, each_batch=False))


PLANS = {
    "step": (schedule("step", every=2, factor=0.5), lambda o: theirs.StepLR(o, 2, 0.5), False),
    "exponential": (schedule("exponential", factor=0.5), lambda o: theirs.ExponentialLR(o, 0.5), False),
    "cosine": (schedule("cosine", epochs=EPOCHS), lambda o: theirs.CosineAnnealingLR(o, 4 * EPOCHS), True),
    "warm_restarts": (
        schedule("warm_restarts", epochs=1, lowest=0.1),
        lambda o: theirs.CosineAnnealingWarmRestarts(o, 4, 2, 0.01),
        True,
    ),
    "cyclic": (
        schedule("cyclic", epochs=2),
        lambda o: theirs.CyclicLR(o, 0.01, 0.1, step_size_up=8, cycle_momentum=False),
        True,
    ),
    "one_cycle": (schedule("one_cycle", epochs=EPOCHS), lambda o: theirs.OneCycleLR(o, 0.1, 4 * EPOCHS + 1), True),
    "plateau": (
        schedule("plateau", patience=0, factor=0.5),
        lambda o: theirs.ReduceLROnPlateau(o, factor=0.5, patience=0),
        False,
    ),
}


@pytest.mark.parametrize("name", sorted(set(PLANS) - {"one_cycle"}))
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_each_schedule_is_torchs_own(name, optimizer):
    ours, plan, each_batch = PLANS[name]
    solution = run(Torch(optimizer, 0.1, ours), objective=linear(4))
    hand = by_hand(PLAIN[optimizer], plan, batches=4, each_batch=each_batch)
    np.testing.assert_array_equal(solution.x[:, 0], hand)


def test_every_schedule_is_tested():
    assert set(PLANS) | {"constant"} == set(SCHEDULES)


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "rmsprop"])
def test_one_cycle_goes_up_and_down_once_and_then_stays(optimizer):
    solution = run(Torch(optimizer, 0.1, OneCycle(10)), 13, objective=linear(4))
    rate = solution.trace.columns()["rate"][1:]
    top = int(rate.argmax())
    assert rate[top] == pytest.approx(0.1, rel=0.1)
    assert (np.diff(rate[: top + 1]) > 0).all()
    assert (np.diff(rate[top:10]) < 0).all()
    assert rate[9:] == pytest.approx(0.1 / 25 / 1e4)


def test_a_rate_comes_down_when_the_held_out_figure_stands_still():
    solution = run(Torch("sgd", 1e-9, Plateau(patience=1)), 8, objective=linear(4))
    rate = solution.trace.columns()["rate"][1:]
    assert rate[0] == 1e-9
    assert rate[-1] < 1e-10


def test_gradient_descent_sees_all_rows_before_it_steps():
    whole = run(Torch("gd", 0.1), objective=linear(1))
    pieces = run(Torch("gd", 0.1), objective=linear(8))
    np.testing.assert_allclose(pieces.x, whole.x, rtol=1e-5)
    assert np.abs(run(Torch("sgd", 0.1), objective=linear(8)).x - whole.x).max() > 1e-3


def test_no_step_is_longer_than_the_limit_allows():
    before, _ = linear(1).point()
    solution = run(Torch("sgd", 0.1, clip=0.01), 1, objective=linear(1))
    assert np.linalg.norm(solution.x - before) == pytest.approx(0.001, rel=1e-4)


def test_nobody_elses_random_numbers_are_disturbed():
    objective = network()
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    run(Torch("adam"), 2, objective=objective)
    assert torch.equal(torch.rand(3), expected)


def test_the_seed_decides_the_order():
    assert (run(Torch("sgd", 0.1, seed=1)).x == run(Torch("sgd", 0.1, seed=1)).x).all()
    assert (run(Torch("sgd", 0.1, seed=1)).x != run(Torch("sgd", 0.1, seed=2)).x).any()


@pytest.mark.parametrize("batch", [None, 16])
def test_an_explosion_leaves_the_last_good_point(batch):
    class Cubic(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.tensor([3.0]))

        def forward(self, inputs):
            return inputs * 0 + self.w**4

    rows = TensorRows(torch.ones(64, 1), torch.zeros(64, 1), batch)
    solution = run(Torch("sgd", 0.1), 20, objective=TorchObjective(Cubic(), lambda z, t: (z - t).mean(), rows))
    assert solution.reason is Reason.DIVERGED
    assert np.isfinite(solution.x).all()
    assert np.isfinite(solution.state.value).all()
    table = solution.trace.columns()
    assert not table["rejected"][-1] <= 10 * table["value"][0]
    assert table["step_size"][-1] == 0
    assert (
        minimise(TorchObjective(Cubic(), lambda z, t: (z - t).mean(), rows), Torch("sgd", 0.1), solution.state).state
        is solution.state
    )


def test_early_stopping_keeps_the_best_point():
    objective = TorchObjective(
        nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 1)),
        log_loss,
        TensorRows(X[:20], torch.arange(20) % 2.0),
        TensorRows(X[20:], torch.from_numpy(DATA.integers(0, 2, 100)).float()),
    )
    solution = minimise(objective, Torch("adam", 0.02), stop=(Steps(500), Patience(6)))
    held_out = solution.trace.columns()["held_out_loss"]
    assert solution.reason is Reason.PATIENCE
    assert solution.state.best.step == held_out.argmin() == solution.state.step - 6
    assert (solution.best != solution.x).any()
    objective.put(solution.best, solution.state.best.extras)
    assert objective.judge().loss == held_out.min()


def test_patience_without_held_out_rows_is_refused():
    with pytest.raises(ConfigError, match="no held-out figure to watch; give the objective held-out rows"):
        minimise(network(held_out=False), Torch(), stop=(Patience(3),))


def test_someone_may_ask_it_to_stop_and_look_on():
    seen = []

    def asked(state):
        seen.append(state.step)
        return state.step == 2

    solution = minimise(network(), Torch(), stop=(Asked(asked), Steps(5)))
    assert solution.reason is Reason.CANCELLED
    assert seen == [0, 1, 2]


def test_the_figures_of_an_epoch_are_those_of_its_batches():
    objective = linear(4)
    module, rows = objective.module, list(objective.rows.in_order())
    gradients = []
    for batch in rows:  # at a rate so small that the point does not move
        module.zero_grad()
        log_loss(module(batch.inputs), batch.labels).backward()
        gradients.append(torch.cat([p.grad.reshape(-1) for p in module.parameters()]).double().numpy())
    G = np.array(gradients)
    table = run(Torch("sgd", 1e-12), 1, objective=objective).trace.columns()
    mean = G.mean(axis=0)
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairwise(G)]
    assert table["gradient_norm"][1] == pytest.approx(np.abs(mean).max(), rel=1e-5)
    assert table["gradient_norm/module"][1] == pytest.approx(np.sqrt((G[:, :3] ** 2).mean()), rel=1e-5)
    assert table["noise"][1] == pytest.approx(
        np.sqrt(((G - mean) ** 2).sum(axis=1).mean()) / np.linalg.norm(mean), rel=1e-4
    )
    assert table["turn"][1] == pytest.approx(np.mean(cosines), rel=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Torch("adamm"),
            "no optimiser is called 'adamm'; use one of gd, sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw",
        ),
        (
            lambda: Torch("sgd", settings={"betas": 1}),
            "the optimiser 'sgd' has no setting 'betas'; use one of weight_decay, fused",
        ),
        (lambda: Torch(rate=0.0), "rate is 0.0; give rate a finite number above 0"),
        (lambda: Torch(clip=-1.0), "clip is -1.0"),
        (
            lambda: schedule("cosinus"),
            "no schedule is called 'cosinus'; use one of constant, step, exponential, cosine",
        ),
        (lambda: schedule("step", steps=3), "the schedule 'step' has no setting 'steps'; use one of every, factor"),
        (lambda: schedule("one_cycle"), "the schedule 'one_cycle' needs to know its length; give `epochs`, at least 1"),
        (lambda: Switch(Torch("sgd")), "a switch from 'sgd'; let `first` be adam or adamw"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(make, message):
    with pytest.raises(ConfigError) as caught:
        make()
    assert message in str(caught.value)


def test_a_state_of_another_schedule_is_refused():
    state = run(Torch("adam", 0.1, OneCycle(5)), 1).state
    with pytest.raises(ConfigError, match="the saved state belongs to another schedule"):
        run(Torch("adam", 0.1), start=state)


def test_a_switch_takes_over_at_the_rate_that_adams_steps_amount_to():
    objective = network(dropout=0.0)
    method = Switch(Torch("adam", 0.01), agreement=0.5)
    solution = run(method, 6, objective=objective)
    table = solution.trace.columns()
    after = int(solution.state.switched)
    assert 2 <= after < 6
    np.testing.assert_array_equal(table["switched"], table["step"] >= after)
    np.testing.assert_allclose(table["rate"][after + 1 :], 0.1 * solution.state.rate)
    assert table["value"][-1] < table["value"][after] < table["value"][0]


def test_the_rate_of_the_switch_is_the_corrected_mean_of_the_projected_steps():
    """Against Adam written out by hand on one parameter vector, batches in order, as in the paper's algorithm."""
    solution = run(Switch(Torch("adam", 0.01), agreement=1e9), 2, objective=linear(4))
    torch.manual_seed(0)
    module = nn.Linear(3, 1)
    w = list(module.parameters())
    m = v = np.zeros(4)
    average, rates = 0.0, 0
    for k, batch in enumerate([*linear(4).rows.in_order()] * 2, start=1):
        module.zero_grad()
        log_loss(module(batch.inputs), batch.labels).backward()
        g = torch.cat([p.grad.reshape(-1) for p in w]).double().numpy()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = -0.01 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
        average, rates = 0.999 * average + 0.001 * (p @ p) / -(p @ g), rates + 1
        with torch.no_grad():
            step = torch.from_numpy(p).float()
            w[0] += step[:3].view(1, 3)
            w[1] += step[3:]
    assert solution.state.switched == 2
    assert solution.state.rate == pytest.approx(average / (1 - 0.999**rates), rel=1e-3)


@pytest.mark.parametrize("stopped", [1, 3])
def test_a_switch_resumes_before_and_after_it_happened(stopped, tmp_path):
    method = Switch(Torch("adamw", 0.01, settings={"weight_decay": 0.1}), OneCycle(4), agreement=0.5)
    whole = run(method, 6)
    first = run(method, stopped)
    save(tmp_path / "state.npz", first.state)
    rest = run(method, 6, start=load(tmp_path / "state.npz", SwitchState), objective=network(seed=1))
    assert 1 < whole.state.switched < 6
    np.testing.assert_array_equal(rest.x, whole.x)
    assert rest.state.rate == whole.state.rate


def test_every_epoch_has_an_order_of_its_own():
    class Listening(TensorRows):
        heard = []  # noqa: RUF012

        def epoch(self, generator):
            batches = list(super().epoch(generator))
            self.heard.append(torch.cat([batch.numbers for batch in batches]).tolist())
            return iter(batches)

    torch.manual_seed(0)
    objective = TorchObjective(nn.Linear(3, 1), log_loss, Listening(X[:80], Y[:80], 16))
    run(Torch("sgd"), 2, objective=objective)
    first, second = Listening.heard
    assert sorted(first) == sorted(second) == list(range(80))
    assert first != second != list(range(80))


def test_dropout_and_batch_statistics_are_on_while_it_learns_and_off_while_it_is_judged():
    objective, modes = network(), []
    objective.module[3].register_forward_hook(lambda layer, *_: modes.append(layer.training))
    solution = run(Torch("sgd", 1e-9), 1, objective=objective)
    assert modes.count(True) == objective.rows.batches
    assert (solution.state.buffers[0] != run(Torch("sgd"), 0).state.buffers[0]).any()


@pytest.mark.parametrize(("name", "momentum"), [("gd", 0.0), ("sgd", 0.0), ("momentum", 0.9), ("nesterov", 0.9)])
def test_the_steepest_stable_curvature_is_where_a_parabola_stops_converging(name, momentum):
    """Against the largest root of the recurrence of one parameter, written out."""
    rate = 0.1
    edge = steepest(name, rate, {})

    def growth(curvature):
        pull = 1 + momentum - rate * curvature * (1 + momentum if name == "nesterov" else 1)
        back = momentum - rate * curvature * momentum if name == "nesterov" else momentum
        return np.abs(np.roots([1.0, -pull, back])).max()

    assert growth(0.999 * edge) < 1 < growth(1.001 * edge)
    assert np.isnan(steepest("adam", rate, {}))
