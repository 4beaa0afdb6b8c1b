"""Networks by the core beside a bare loop, and a design on another device: `python -m benchmarks.training`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks import devices
from benchmarks.record import store
from benchmarks.timing import measured
from casestudies.optim import Asked, Patience, Steps, load, methods, minimise, save
from casestudies.optim.batches import TensorRows
from casestudies.optim.methods import Switch, SwitchState, TorchState
from casestudies.optim.networks import TorchObjective

ROWS, HELD_OUT, SIDE, CLASSES, BATCH = 2000, 1000, 16, 4, 64
RATE, EPOCHS, PATIENCE, MOST, HALFWAY = 2e-3, 5, 5, 40, 4
METHODS: dict[str, Any] = {
    "`Torch`, adam": methods.Torch("adam", RATE),
    "`Switch`, adam then momentum": Switch(methods.Torch("adam", RATE)),
}
_TEXT = (
    "Networks: one seed, one thread; an epoch is a tenth of a second, so that what the core does beside it shows: a look at 256 rows, "
    "figures for the trace, a copy of the state. About a fifth on top of the bare loop is what this costs here; "
    "whoever wants nothing but the last point is better served by the bare loop. The times are of EPOCHS epochs with "
    "the start, over their number. The held-out rows are judged by everybody after each epoch. `Switch` is an option, no winner: on this "
    "problem it ends where Adam does. A state holds the point, the optimiser's moments, the last gradient and the best "
    "point, in double precision: about ten times the bytes of the parameters. A difference of 0 is one of no bit. "
    "Designs: each time includes making the design. On a processor NumPy's Dense is the better choice; Torch is for graphics cards. "
).replace("EPOCHS", str(EPOCHS))


def images(rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Stripes in four directions, in a phase and a noise of their own; one label in ten is drawn anew."""
    kinds = torch.randint(CLASSES, (rows,), generator=generator)
    angle = kinds * torch.pi / CLASSES
    across, down = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    phase = 2 * torch.pi * torch.rand(rows, generator=generator)
    wave = angle.cos()[:, None, None] * across + angle.sin()[:, None, None] * down
    clean = torch.sin(0.9 * wave + phase[:, None, None])
    noisy = clean + 1.5 * torch.randn(rows, SIDE, SIDE, generator=generator)
    other = torch.randint(CLASSES, (rows,), generator=generator)
    return noisy[:, None], torch.where(torch.rand(rows, generator=generator) < 0.1, other, kinds)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(16 * (SIDE // 4) ** 2, CLASSES)),
    )


def problem(learn: TensorRows, judge: TensorRows | None) -> TorchObjective:
    return TorchObjective(network(), cross_entropy, learn, judge)


def bare(learn: TensorRows, judge: TensorRows | None, epochs: int) -> list[float]:
    """The loop that anybody would write; the held-out loss after each epoch, if there are rows to judge by."""
    module, order, seen = network(), torch.Generator().manual_seed(0), []
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE)
    for _ in range(epochs):
        module.train()
        for rows in torch.tensor_split(torch.randperm(len(learn), generator=order), learn.batches):
            optimizer.zero_grad()
            cross_entropy(module(learn.inputs[rows]), learn.labels[rows]).backward()
            optimizer.step()
        if judge is not None:
            module.eval()
            with torch.no_grad():
                parts = zip(judge.inputs.split(BATCH), judge.labels.split(BATCH), strict=True)
                seen.append(sum(float(cross_entropy(module(x), y)) * len(y) for x, y in parts) / len(judge))
    return seen


def stopped(seen: Sequence[float]) -> tuple[int, int]:
    """The best epoch, and the one after which Patience would have stopped."""
    best = 0
    for epoch, loss in enumerate(seen):
        best = epoch if loss < seen[best] else best
        if epoch - best == PATIENCE:
            break
    return best + 1, epoch + 1


def training_table(learn: TensorRows, judge: TensorRows) -> dict[str, Any]:
    def line(name: str, run: Any, found: Sequence[Any]) -> list[Any]:
        """`run` takes the rows to judge by and the epochs."""
        (_, judged, _), (_, blind, _) = (measured(partial(run, rows, EPOCHS), 5) for rows in (judge, None))
        return [name, *(f"{1e3 * cpu / EPOCHS:.0f}" for cpu in (judged, blind)), *found]

    seen = bare(learn, judge, MOST)
    best, last = stopped(seen)
    rows = [line("bare loop, Adam", partial(bare, learn), [f"{seen[best - 1]:.3f}", best, last])]
    for name, method in METHODS.items():

        def run(rows: TensorRows | None, epochs: int, method: Any = method) -> Any:
            return minimise(problem(learn, rows), method, stop=(Steps(epochs),))

        solution = minimise(problem(learn, judge), method, stop=(Patience(PATIENCE), Steps(MOST)))
        best_of = solution.state.best
        rows.append(line(name, run, [f"{best_of.figure[0]:.3f}", best_of.step, solution.state.step]))
    head = [
        "",
        "an epoch, CPU ms",
        "without held-out rows",
        "held-out loss",
        "best after",
        f"Patience({PATIENCE}) after",
    ]
    caption = (
        f"A small CNN, {len(learn):,} synthetic images of {SIDE} by {SIDE}, {len(judge):,} held out, batches of {BATCH}"
    )
    return {"caption": caption, "head": head, "rows": rows}


def saving_table(learn: TensorRows, judge: TensorRows) -> dict[str, Any]:
    """Stopped by `Asked`, saved, loaded, and gone on with in a network made anew."""
    rows = []
    kinds: list[type[TorchState]] = [TorchState, SwitchState]
    for (name, method), kind in zip(METHODS.items(), kinds, strict=True):
        stop = (Patience(PATIENCE), Steps(MOST))
        whole = minimise(problem(learn, judge), method, stop=stop)
        half = minimise(problem(learn, judge), method, stop=(Asked(lambda state: state.step >= HALFWAY), *stop))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.npz"
            _, _, saving = measured(partial(save, file, half.state), 20)
            state, _, loading = measured(partial(load, file, kind), 20)
            size = file.stat().st_size
        again = minimise(problem(learn, judge), method, state, stop=stop)
        apart = max(float(np.abs(a - b).max()) for a, b in ((again.x, whole.x), (again.best, whole.best)))
        at = f"{half.state.step} of {whole.state.step}"
        row = [name, kind.__name__, at, f"{apart:g}", f"{1e3 * saving:.1f}", f"{1e3 * loading:.1f}", f"{size:,}"]
        rows.append([*row, f"{size / len(whole.x):.0f}"])
    head = ["", "state", "stopped after", "largest difference", "save, ms", "load, ms", "bytes", "bytes a parameter"]
    return {
        "caption": "Stopped, saved, loaded and resumed, beside the solve that never stopped",
        "head": head,
        "rows": rows,
    }


def main() -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    learn, judge = (TensorRows(*images(rows, generator), BATCH) for rows in (ROWS, HELD_OUT))
    with threadpool_limits(1):
        tables = [training_table(learn, judge), saving_table(learn, judge), devices.table()]
    for one in tables:
        print(one["caption"], *[one["head"], *one["rows"]], sep="\n")
    title, peers = "Optimisation: networks and devices", {"torch": torch.__version__}
    store("optim-training", title, _TEXT, tables, "python -m benchmarks.training", peers)


if __name__ == "__main__":
    main()
