"""Each finding about a network on a failure made for it, and none on fits with nothing wrong."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from casestudies.optim import diagnose, minimise  # noqa: E402
from casestudies.optim.batches import TensorRows  # noqa: E402
from casestudies.optim.losses import Logistic, Squared  # noqa: E402
from casestudies.optim.methods.first_order import Torch  # noqa: E402
from casestudies.optim.methods.schedules import Cosine, OneCycle  # noqa: E402
from casestudies.optim.methods.switching import Switch  # noqa: E402
from casestudies.optim.networks import TorchObjective  # noqa: E402
from casestudies.optim.stopping import Patience, Steps  # noqa: E402


def log_loss(output, labels):
    return F.binary_cross_entropy_with_logits(output[:, 0], labels)


class Surface(nn.Module):
    """A function of the parameters alone."""

    def __init__(self, at, height):
        super().__init__()
        self.w, self.height = nn.Parameter(torch.tensor(at, dtype=torch.float64)), height

    def forward(self, inputs):
        return 0 * inputs + self.height(self.w)


def surface(at, height):
    rows = TensorRows(torch.zeros(1, 1, dtype=torch.float64), torch.zeros(1))
    return TorchObjective(Surface(at, height), lambda output, labels: output.mean(), rows)


def valley(at=(1.0, 1.0)):
    """Curvatures 100 and 1."""
    return surface(list(at), lambda w: 50 * w[0] ** 2 + 0.5 * w[1] ** 2)


def layered(columns, *widths, unit=nn.ReLU, norm=False):
    torch.manual_seed(0)
    layers = []
    for before, after in zip((columns, *widths), widths, strict=False):
        layers += [nn.Linear(before, after), *([nn.BatchNorm1d(after)] if norm else []), unit()]
    return nn.Sequential(*layers, nn.Linear(widths[-1] if widths else columns, 1))


def signs(rows, columns=5, seed=0):
    """Rows whose label is whether two columns agree in sign: easy for a small network, nothing for a linear one."""
    X = torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, columns))).float()
    return X, (X[:, 0] * X[:, 1] > 0).float()


def noise(rows, columns, seed):
    rng = np.random.default_rng(seed)
    X = torch.from_numpy(rng.normal(size=(rows, columns))).float()
    return X, torch.from_numpy(rng.integers(0, 2, rows)).float()


def easy(module, batch=32, loss=log_loss):
    return TorchObjective(module, loss, TensorRows(*signs(600), batch), TensorRows(*signs(300, seed=1)))


def found(objective, method, steps, *rules, curved=True):
    solution = minimise(objective, method, stop=(*rules, Steps(steps)))
    findings = diagnose(solution.trace, solution, objective if curved else None)
    return solution, {finding.code: finding for finding in findings}


TARGETS = signs(600)[0] @ torch.tensor([1.0, -1.0, 0.5, 0.0, 2.0]) + noise(600, 1, 3)[0][:, 0]
HEALTHY = {
    "adam": lambda: (easy(layered(5, 16)), Torch("adam", 1e-2), 40),
    "one cycle": lambda: (easy(layered(5, 16)), Torch("adamw", 1e-2, OneCycle(20)), 20),
    "nesterov": lambda: (easy(layered(5, 16)), Torch("nesterov", 0.05), 40),
    "rmsprop": lambda: (easy(layered(5, 16)), Torch("rmsprop", 5e-3), 40),
    "batch norm": lambda: (easy(layered(5, 16, 16, norm=True)), Torch("adamw", 1e-2, Cosine(20)), 20),
    "tanh": lambda: (easy(layered(5, 16, unit=nn.Tanh)), Torch("adam", 2e-2), 60),
    "switch": lambda: (easy(layered(5, 16)), Switch(Torch("adam", 1e-2), agreement=0.1), 40),
    "bottom of a valley": lambda: (valley(), Torch("gd", 0.0195), 200),
    "quick swings that die out": lambda: (surface([1.0], lambda w: 50 * w[0] ** 2), Torch("gd", 0.018), 60),
    "linear, squared": lambda: (
        TorchObjective(layered(5), Squared(), TensorRows(signs(600)[0], TARGETS)),
        Torch("gd", 0.5),
        60,
    ),
    "linear, logistic, small batches": lambda: (
        TorchObjective(layered(5), Logistic(), TensorRows(signs(600)[0], (TARGETS > 0).float(), 20)),
        Torch("sgd", 0.2),
        30,
    ),
    "xor with room": lambda: (
        TorchObjective(
            layered(2, 8, unit=nn.Tanh),
            log_loss,
            TensorRows(torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([0.0, 1, 1, 0])),
        ),
        Torch("adam", 0.05),
        100,
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_fit_with_nothing_wrong_has_no_findings(name):
    assert found(*HEALTHY[name]())[1] == {}


def test_a_fit_that_early_stopping_ended_has_no_findings():
    objective = TorchObjective(
        layered(20, 64), log_loss, TensorRows(*noise(60, 20, 0), 16), TensorRows(*noise(300, 20, 1))
    )
    assert found(objective, Torch("adam", 5e-3), 60, Patience(6))[1] == {}


def test_a_fit_that_begins_where_it_belongs_has_no_findings():
    objective = TorchObjective(layered(5), Squared(), TensorRows(signs(600)[0], TARGETS))
    minimise(objective, Torch("gd", 0.5), stop=(Steps(60),))
    assert found(objective, Torch("gd", 0.5), 20)[1] == {}


def test_a_saddle_is_told_from_a_minimum_by_its_curvature():
    solution, findings = found(surface([1.0, 0.0], lambda w: w[0] ** 2 - w[1] ** 2), Torch("gd", 0.1), 60)
    assert set(findings) == {"saddle"}
    assert "from -2 to 2" in findings["saddle"].evidence
    np.testing.assert_allclose(solution.x, 0, atol=1e-5)
    bowl = found(surface([1.0, 0.0], lambda w: w[0] ** 2 + w[1] ** 2), Torch("gd", 0.1), 60)[1]
    assert bowl == {}


def test_a_saddle_among_many_directions_is_found_by_products():
    slopes = torch.linspace(1, 3, 60, dtype=torch.float64)
    slopes[17] = -2.0
    start = [1.0] * 60
    start[17] = 0.0
    _, findings = found(surface(start, lambda w: (slopes * w**2).sum() / 2), Torch("gd", 0.3), 80)
    low, high = (float(part) for part in findings["saddle"].evidence.split("from ")[1].split(" where")[0].split(" to "))
    assert low == pytest.approx(-2, rel=0.02)
    assert high == pytest.approx(3, rel=0.02)


def test_a_rate_beyond_the_curvature_explodes():
    solution, findings = found(valley(), Torch("gd", 0.03), 60)
    assert "step 2 took it from 200.5 to 800.4 at a rate of 0.03" in findings["explosion"].evidence
    assert "not_converged" not in findings
    assert np.isfinite(solution.x).all()


def test_an_explosion_to_infinity_is_one_too():
    solution, findings = found(surface([3.0], lambda w: torch.exp(w[0] ** 2)), Torch("gd", 10.0), 9)
    assert "to inf" in findings["explosion"].evidence
    assert solution.x[0, 0] == 3.0


def test_an_explosion_in_the_first_epoch_leaves_the_start():
    objective = easy(layered(5, 16))
    solution, findings = found(objective, Torch("sgd", 1e30), 9)
    assert set(findings) == {"explosion"}
    np.testing.assert_array_equal(solution.x, easy(layered(5, 16)).point()[0])


@pytest.mark.parametrize(("rate", "product"), [(0.02001, "2.001"), (0.01999, "1.999")])
def test_a_rate_at_the_edge_of_stability_oscillates(rate, product):
    findings = found(valley(), Torch("gd", rate), 60)[1]
    assert f"rate × steepest curvature is {product}, and stable up to 2" in findings["oscillation"].evidence
    assert "mean cosine -1.00" in findings["oscillation"].evidence
    assert "curvature" not in found(valley(), Torch("gd", rate), 60, curved=False)[1]["oscillation"].evidence


def test_momentum_may_take_longer_steps():
    assert "oscillation" not in found(valley(), Torch("momentum", 0.02001), 60)[1]


def test_too_few_steps_are_told_with_how_many_are_left():
    slow = lambda: surface([1.0], lambda w: 0.5 * w[0] ** 2)  # noqa: E731
    findings = found(slow(), Torch("gd", 0.025), 40)[1]
    assert set(findings) == {"not_converged"}
    left = int(findings["not_converged"].evidence.split("about ")[1].split()[0])
    assert found(slow(), Torch("gd", 0.025), 40 + left)[1] == {}
    # the value falls as 0.975^(2 k): to 1 % of the start at step 91
    assert 40 + left == pytest.approx(91, abs=15)


def test_a_fall_that_does_not_slow_down_has_no_prediction():
    evidence = found(easy(layered(5, 16)), Torch("adam", 1e-3), 12)[1]["not_converged"].evidence
    assert "no less than those before them" in evidence


def test_a_network_of_many_sigmoids_has_vanishing_gradients():
    findings = found(easy(layered(5, *[16] * 30, unit=nn.Sigmoid)), Torch("sgd", 0.1), 10, curved=False)[1]
    assert "in layer 0 and" in findings["vanishing_gradients"].evidence
    assert "vanishing_gradients" not in found(easy(layered(5, *[16] * 3, unit=nn.Sigmoid)), Torch("sgd", 0.1), 5)[1]


def test_large_weights_under_many_tanh_have_exploding_gradients():
    objective = easy(layered(5, *[32] * 40, unit=nn.Tanh))
    torch.manual_seed(0)
    with torch.no_grad():
        for weights in objective.parameters:
            if weights.ndim > 1:
                weights.normal_(0, 4 / weights.shape[1] ** 0.5)
    findings = found(objective, Torch("sgd", 1e-6), 5, curved=False)[1]
    assert "in layer 0 (root mean square" in findings["exploding_gradients"].evidence
    assert "vanishing_gradients" not in findings


def test_rectifiers_pushed_below_zero_are_dead():
    objective = easy(layered(5, 32))
    with torch.no_grad():
        objective.module[0].bias -= 20
    findings = found(objective, Torch("adam", 1e-3), 10, curved=False)[1]
    assert "100% of the units of layer 1" in findings["dead_units"].evidence
    assert "vanishing_gradients" not in findings


def test_noise_learnt_by_heart_is_overfit_from_the_step_where_it_began():
    objective = TorchObjective(
        layered(20, 64), log_loss, TensorRows(*noise(60, 20, 0), 16), TensorRows(*noise(300, 20, 1))
    )
    solution, findings = found(objective, Torch("adam", 5e-3), 40)
    best = int(solution.trace.columns()["held_out_loss"].argmin())
    assert set(findings) == {"overfit"}
    assert f"the held-out loss was best at step {best} " in findings["overfit"].evidence
    assert f"Use the point of step {best}" in findings["overfit"].advice
    assert best == solution.state.best.step


def test_a_linear_model_underfits_what_only_two_columns_together_say():
    X = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    rows = TensorRows(X, torch.tensor([0.0, 1, 1, 0]))
    findings = found(TorchObjective(layered(2), log_loss, rows), Torch("gd", 1.0), 150)[1]
    assert set(findings) == {"underfit"}
    assert "training loss is 0.6931; the best constant has 0.6931" in findings["underfit"].evidence


def test_a_saturated_output_is_a_plateau_since_a_constant_beats_it():
    module = nn.Sequential(layered(5, 16), nn.Sigmoid())
    with torch.no_grad():
        module[0][-1].bias.fill_(25.0)
    findings = found(TorchObjective(module, Squared(), TensorRows(*signs(600))), Torch("sgd", 0.1), 40)[1]
    assert set(findings) == {"plateau"}
    assert "the same answer for every row" in findings["plateau"].evidence


def test_a_plateau_that_was_crossed_is_told_too():
    """A product of four weights: next to no slope near 0, then a steep fall."""
    findings = found(surface([0.1] * 4, lambda w: (w.prod() - 1) ** 2), Torch("gd", 0.2), 250)[1]
    assert set(findings) == {"plateau"}
    assert "later steps took off" in findings["plateau"].evidence
    begin, end = (
        int(part) for part in findings["plateau"].evidence.removeprefix("from step ").split(" the")[0].split(" to ")
    )
    assert begin == 0
    assert end >= 100
