"""The five lines under each picture are five, run as they stand, and make that picture."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("torch")

from casestudies.lab import (
    amounts,
    badstart,
    batches,
    duels,
    gradients,
    overfit,
    realfits,
    regression,
    schedules,
    sections,
)
from casestudies.runs import RunStore


def landscapes():
    given = ("rosenbrock", ["gd", "adam"], {"gd": 0.001, "adam": 0.1}, (-1.2, 1.0), 30, 3)
    name, methods, rates, start, steps, seed = given
    found = duels.duel(name, methods, rates=rates, start=start, steps=steps, seed=seed)
    return sections.landscapes.duel_lines(*given), sections.landscapes.paths(found)


def sizes():
    found = batches.by_size((16, 128), rate=0.25, epochs=4, seed=2)
    return sections.batches.sizes_lines((16, 128), 0.25, 4, 2), sections.batches.sizes_figure(found)


def switch():
    found = batches.by_method(rate=0.1, size=32, epochs=4, seed=1)
    return sections.batches.methods_lines(0.1, 32, 4, 1), sections.batches.methods_figure(found)


def all_schedules():
    found = schedules.courses(epochs=12, noise=0.2, seed=1)
    return sections.batches.schedules_lines(12, 0.2, 1), sections.batches.schedules_figure(found)


def starts():
    design = gradients.Design(3, "tanh", batch_norm=True)
    found = gradients.by_start(design, epochs=2, rate=0.05, seed=1)
    return sections.gradients.starts_lines(design, 2, 0.05, 1), sections.gradients.layers_figure(found)


def bad_start():
    found = badstart.from_bad(far=3.5, rate=1.0, steps=20, seed=1)
    return sections.badstart.start_lines(3.5, 1.0, 20, 1), sections.badstart.race_figure(found)


def rents():
    found = regression.regressions(*regression.synthetic(200, 4))
    return sections.regression.synthetic_lines(200, 4), sections.regression.removal_figure(found)


def degrees():
    found = overfit.by_degree(rows=20, noise=0.2, penalty="l2", strength=0.2, seed=1)
    return sections.overfit.degrees_lines(20, 0.2, "l2", 0.2, 1), sections.overfit.degrees_figure(found)


def networks():
    held = overfit.Switches(8, l2=1.0)
    pair = [
        overfit.network(one, name, rows=20, noise=0.2, epochs=5, seed=1)
        for one, name in ((overfit.Switches(8), "left to itself"), (held, "held back"))
    ]
    return sections.overfit.network_lines(held, 20, 0.2, 5, 1), sections.overfit.network_figure(*pair)


@pytest.mark.parametrize(
    "make",
    [landscapes, sizes, switch, all_schedules, starts, bad_start, rents, degrees, networks],
    ids=lambda make: make.__name__,
)
def test_the_lines_make_the_picture(make, tmp_path, monkeypatch):
    code, picture = make()
    run(code, picture, tmp_path, monkeypatch)


def test_the_lines_of_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = ["area,age,rent", *(f"{20 + n},{n * 7 % 50},{300 + 9 * n + n * 31 % 17}" for n in range(40))]
    (tmp_path / "o'flats.csv").write_text("\n".join(text))
    found, _ = amounts.regressed(amounts.read_numbers(tmp_path / "o'flats.csv"), "rent")
    code = sections.regression.file_lines("o'flats.csv", "rent")
    run(code, sections.regression.removal_figure(found), tmp_path, monkeypatch)


def test_the_lines_of_a_run(small_run, tmp_path, monkeypatch):
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path / "runs"))
    shutil.copytree(small_run.path, tmp_path / "runs" / "credit" / small_run.id)
    fits = realfits.real_fits(RunStore.default().get(small_run.id))[:1]
    code = sections.realfits.fits_lines("credit", small_run.id, [fits[0].name])
    run(code, sections.realfits.values_figure(fits), tmp_path, monkeypatch)


def run(code, picture, folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert len(code.text.splitlines()) == 5
    names: dict[str, object] = {}
    exec(code.text, names)
    assert names["figure"].spec == picture.spec
    assert (folder / "picture.html").stat().st_size > 1_000
