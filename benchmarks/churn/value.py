"""Customer value from transactions, beside lifetimes and the published parameters."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.credit.data import folder
from benchmarks.optim.comparison import Table
from benchmarks.optim.running import _THREADS as THREADS
from benchmarks.optim.running import interpreter
from benchmarks.record import ROOT
from benchmarks.rows import Measurement
from benchmarks.timing import measured

if TYPE_CHECKING:
    from casestudies.models.customers.likelihood import Estimate
    from casestudies.tabular.events import Events

TEXT = (
    "BG/NBD and gamma-gamma fits on the same histories, each in one process, CPU seconds, the least of five. Published: Fader, "
    "Hardie and Lee 2005, table 1; Fader and Hardie 2013, 946 customers of the CDNOW sample who bought again. lifetimes has been "
    "archived by its authors; its fits stop with ConvergenceError where many purchases make its likelihood overflow. Raw file to "
    "values is the whole way from the raw file of 69,659 purchases to a value of each of 23,570 customers, reading included, the "
    "least of three; ours with slopes and the check against later purchases, lifetimes' way as in its documentation, values alone. "
)
Sets = dict[str, dict[str, np.ndarray]]
_PEER = "benchmarks.peers.lifetimes"
_UNTIL, _CHECKED = "1997-09-30", "1998-06-30"  # 39 weeks of CDNOW, and 39 more
_PUBLISHED = {
    "CDNOW sample": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259},
    "CDNOW sample, amounts": {"p": 6.25, "q": 3.74, "v": 15.44},
}
# r, alpha, a, b, weeks, customers
_SIMULATED = {
    "frequent, 630 purchases at most": (3.0, 1.5, 0.3, 15.0, 100.0, 2000),
    "very frequent, 2,000 at most": (10.0, 0.5, 0.4, 100.0, 50.0, 1000),
    "nobody leaves": (2.0, 4.0, 0.001, 10.0, 100.0, 2000),
}
_FASTER, _NEAR, _MOST = 8.0, 1e-4, 2.0


def measure(repeats: int = 5, names: tuple[str, ...] | None = None) -> Measurement:
    """names: of the sets that are fitted; None = all."""
    held = {name: one for name, one in _sets().items() if names is None or name in names}
    own, peer = _ours(held, repeats), _theirs(held, repeats)
    cpu, said = _way()
    raw = peer["raw"]["cpu"]
    ratios = {
        name: peer["sets"][name]["cpu"] / seconds
        for name, (_, seconds) in own.items()
        if "error" not in peer["sets"][name]
    }
    public = [name for name in ratios if name not in _SIMULATED]
    gaps, furthest = _gaps({name: estimate for name, (estimate, _) in own.items()})
    least, slowest = min(ratios, key=ratios.__getitem__), min(public, key=ratios.__getitem__)
    asked = [
        ["published parameters, as many digits", f"within {_NEAR:.0e}", f"{furthest:.0e}", _met(furthest <= _NEAR)],
        [
            "fits of CDNOW against lifetimes",
            f"at least {_FASTER:g}x less CPU",
            f"{ratios[slowest]:.1f}x ({slowest})",
            _met(ratios[slowest] >= _FASTER),
        ],
        ["fits of every set against lifetimes, the least", "", f"{ratios[least]:.1f}x ({least})", ""],
        ["raw file to values, CPU s", f"below {_MOST:g}", f"{cpu:.2f} (lifetimes {raw:.2f})", _met(cpu < _MOST)],
    ]
    tables: list[Table] = [
        _fits(held, own, peer["sets"], ratios),
        {
            "caption": "Against the published parameters",
            "head": ["", "parameter", "published", "found", "difference when rounded as published"],
            "rows": gaps,
        },
        {"caption": f"Customer value: asked and found; {said}", "head": ["", "asked", "found", "met"], "rows": asked},
    ]
    return tables, peer["versions"]


def _fits(
    held: Sets, own: Mapping[str, tuple[Estimate, float]], peer: Mapping[str, Any], ratios: Mapping[str, float]
) -> Table:
    rows = []
    for name, (estimate, cpu) in own.items():
        other = peer[name]
        found = ", ".join(f"{key} {value:.5g}" for key, value in estimate.parameters.items())
        theirs = other.get("error") or ", ".join(f"{value:.5g}" for value in other["parameters"].values())
        ratio = f"{ratios[name]:.1f}x" if name in ratios else "-"
        times = [f"{1e3 * cpu:.1f}", f"{1e3 * other['cpu']:.0f}", ratio]
        rows.append([name, f"{estimate.customers:,.0f}", found, theirs, *times])
    head = ["", "customers", "parameters", "lifetimes", "ms", "lifetimes, ms", "faster"]
    return {"caption": "Fits", "head": head, "rows": rows}


def _gaps(found: Mapping[str, Estimate]) -> tuple[list[list[str]], float]:
    """Lines of the parameters beside those published, and the largest difference when rounded as they are."""
    lines, furthest = [], 0.0
    for name, published in _PUBLISHED.items():
        for key, value in published.items():
            here = found[name].parameters[key]
            gap = abs(round(here, len(str(value).partition(".")[2])) - value)
            lines.append([name, key, f"{value}", f"{here:.6f}", f"{gap:.0e}"])
            furthest = max(furthest, gap)
    return lines, furthest


def _events(file: str) -> Events:
    from casestudies.tabular.events import read_events
    from casestudies.tabular.read import ReadOptions, read_table

    names = ("master", "id", "date", "cds", "amount") if "sample" in file else ("id", "date", "cds", "amount")
    return read_events(read_table(_file(file), ReadOptions(header=False, names=names)), "id", "date", "amount")


def _file(name: str) -> Path:
    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    return place / "cdnow" / name


def _sets() -> Sets:
    from casestudies.tabular.events import days
    from casestudies.tabular.histories import histories

    known = histories(_events("CDNOW_sample.txt"), days(_UNTIL, "until"))
    one = {"x": known.frequency, "last": known.recency / 7, "age": known.age / 7}
    master = histories(_events("CDNOW_master.txt"), days(_UNTIL, "until"))
    return {
        "CDNOW sample": one | {"mean": known.mean},
        "CDNOW sample, 50 copies": {key: np.tile(values, 50) for key, values in one.items()},
        "CDNOW, all customers": {"x": master.frequency, "last": master.recency / 7, "age": master.age / 7},
        **{name: _drawn(*of) for name, of in _SIMULATED.items()},
    }


def _drawn(r: float, alpha: float, a: float, b: float, weeks: float, customers: int) -> dict[str, np.ndarray]:
    """Histories as the model has them, purchase by purchase."""
    rng = np.random.default_rng(1)
    rate, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    age = rng.uniform(0.5, 1, customers) * weeks
    x, last, time = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    here = np.arange(customers)
    while len(here):
        time[here] += rng.exponential(1 / rate[here])
        here = here[time[here] <= age[here]]
        x[here] += 1
        last[here] = time[here]
        here = here[rng.random(len(here)) >= leaves[here]]
    return {"x": x, "last": last, "age": age}


def _ours(held: Sets, repeats: int) -> dict[str, tuple[Estimate, float]]:
    """The estimate and the CPU seconds of each set, grouping included."""
    from casestudies.models.customers.buying import Cells, fit_buying
    from casestudies.models.customers.spending import fit_spending

    out = {}
    for name, one in held.items():
        times = one["x"], one["last"], one["age"]
        out[name] = measured(lambda times=times: fit_buying(Cells.of_customers(*times)), repeats)[:2]  # type: ignore[misc]
        if "mean" in one:
            x, mean = one["x"], np.nan_to_num(one["mean"])
            spent = measured(lambda x=x, mean=mean: fit_spending(x, mean), repeats)  # type: ignore[misc]
            out[f"{name}, amounts"] = spent[:2]
    return out


def _theirs(held: Sets, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        files = {}
        for number, (name, one) in enumerate(held.items()):
            files[name] = str(Path(place, f"{number}.npz"))
            np.savez(files[name], **one)  # type: ignore[arg-type]
        raw = str(_file("CDNOW_master.txt"))
        asked = {"sets": files, "raw": raw, "until": _UNTIL, "repeats": repeats, "out": str(Path(place, "out.json"))}
        request = Path(place, "request.json")
        request.write_text(json.dumps(asked), encoding="utf-8")
        env = os.environ | dict.fromkeys(THREADS, "1") | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""}
        subprocess.run([interpreter(_PEER), "-m", _PEER, str(request)], cwd=ROOT, env=env, check=True)
        return dict(json.loads(Path(place, "out.json").read_text(encoding="utf-8")))


def _way() -> tuple[float, str]:
    """CPU seconds from the raw file to a value of each customer, its slopes and the check; and what the check says."""
    from casestudies.models.customers import PurchaseModel, Terms, holdout
    from casestudies.tabular.events import days
    from casestudies.tabular.histories import histories

    def whole() -> str:
        known, until = _events("CDNOW_master.txt"), days(_UNTIL, "until")
        then = histories(known, until)
        model, terms = PurchaseModel.fitted(then), Terms(365.25, 0.1)
        model.value(then, terms)
        model.slopes(then, terms)
        came, said = holdout(known, until, days(_CHECKED, "until")).totals
        return f"{came:,.0f} purchases came in weeks 40 to 78, {said:,.0f} were predicted"

    said, cpu, _ = measured(whole, 3)
    return cpu, said


def _met(reached: bool) -> str:
    return "yes" if reached else "no"
