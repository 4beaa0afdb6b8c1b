"""Whole runs of the study: what they leave behind, that they can be made again, and what they must not hide."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import load as safetensors
from sklearn.metrics import roc_auc_score

from casestudies.errors import DataError, MissingExtra
from casestudies.imaging.model import ImageModel

QUESTIONS = ("head", "card", "second_reader", "robustness", "explanations", "groups", "sites")
MARK = "SYNTHETIC, no patient"
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not installed")


def pages_of(pdf: bytes) -> list[str]:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def sections_of(html: str) -> list[str]:
    """The words of each section, in order."""
    return [re.sub(r"<[^>]+>", " ", one) for one in re.findall(r"<section\b.*?</section>", html, re.S)]


def labels_of(folder) -> pd.DataFrame:
    return pd.read_csv(folder / "labels.csv", dtype=str, keep_default_na=False)


@pytest.fixture
def table(film_folder, tmp_path):
    """A file of labels that is the demo's with these columns changed; None takes one away."""

    def made(**columns):
        frame = labels_of(film_folder).assign(**{name: cells for name, cells in columns.items() if cells is not None})
        path = tmp_path / "other.csv"
        frame.drop(columns=[name for name, cells in columns.items() if cells is None]).to_csv(path, index=False)
        return {"labels": str(path)}

    return made


def test_a_run_leaves_the_folder_that_the_architecture_describes(film_run):
    assert film_run.state == "done"
    assert film_run.folder.verify() == []
    files = {str(path.relative_to(film_run.path)) for path in film_run.path.rglob("*") if path.is_file()}
    wanted = {"config.yaml", "metrics.json", "evaluation.json", "predictions.parquet", "trace.parquet", "manifest.json"}
    wanted |= {"diagnosis.json", "report.html", "report.pdf", "result.json", "lists/misses.csv", "made/card.md"}
    wanted |= {"data/schema.json", "data/profile.json", "data/problems.csv", "model/model.json"}
    wanted |= {f"model/{name}" for name in ("network0.safetensors", "network0.json", "head0.npz", "head0.json")}
    wanted |= {f"analysis/{name}.json" for name in QUESTIONS}
    assert wanted <= files
    assert (film_run.path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_nothing_of_the_model_can_run_code_when_it_is_opened(film_run):
    for path in sorted((film_run.path / "model").iterdir()):
        if path.suffix == ".safetensors":
            assert all(np.isfinite(value).all() for value in safetensors(path.read_bytes()).values())
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                held = [arrays[name] for name in arrays.files]  # an array of objects would be refused here
            assert any(isinstance(value, np.ndarray) for value in held)
        else:
            json.loads(path.read_bytes())
    rest = {path.suffix for path in film_run.path.rglob("*") if path.is_file()}
    assert rest <= {".json", ".jsonl", ".yaml", ".csv", ".parquet", ".html", ".pdf", ".svg", ".png", ".md", ".npz", ".safetensors"}  # fmt: skip


def test_the_same_seed_and_data_give_the_same_bytes_in_another_process(film_run, tiny, tmp_path):
    own = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "casestudies", "run", "imaging", "--no-progress", "--out", str(tmp_path / "runs")]
    done = subprocess.run(
        [*command, *(f"--set={text}" for text in tiny)],
        cwd=tmp_path,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    other = next((tmp_path / "runs" / "imaging").iterdir())
    apart = {"manifest.json", "process.json", "progress.jsonl", "request.json", "worker.log"}  # clocks and places
    for path in sorted(film_run.path.rglob("*")):
        name = str(path.relative_to(film_run.path))
        if path.is_file() and name not in apart:
            assert path.read_bytes() == (other / name).read_bytes(), name


def test_no_report_and_no_figure_carries_a_clock_a_path_or_an_id(film_run):
    for name in ("report.html", "metrics.json", "evaluation.json", "diagnosis.json", "model/model.json"):
        text = (film_run.path / name).read_text(encoding="utf-8")
        assert film_run.id not in text, name
        assert str(film_run.path.parents[1]) not in text, name
        assert "/tmp" not in text, name


def test_synthetic_films_are_called_synthetic_wherever_they_or_their_figures_are_shown(film_run):
    html = (film_run.path / "report.html").read_text(encoding="utf-8")
    assert html.count("<figure") <= html.count(MARK)
    assert json.loads((film_run.path / "manifest.json").read_text())["synthetic"] is True
    assert film_run.summary()[0].startswith(MARK)
    assert "SYNTHETIC" in (film_run.path / "made/card.md").read_text(encoding="utf-8")
    for name in ("misses", "second_reader"):
        assert (pd.read_csv(film_run.path / f"lists/{name}.csv")["notice"] == MARK).all()


@needs_poppler
def test_synthetic_stands_on_every_page_of_the_pdf(film_run):
    pages = pages_of((film_run.path / "report.pdf").read_bytes())
    assert len(pages) > 5
    assert all("SYNTHETIC" in page for page in pages)


def test_the_figures_are_those_of_the_predictions(film_run):
    table = pd.read_parquet(film_run.path / "predictions.parquet")
    test = table[table["part"] == "test"]
    figures = film_run.metrics["models"][film_run.metrics["champion"]]
    y, p = test["label"].to_numpy(), test["probability"].to_numpy()
    assert figures["auc"]["value"] == pytest.approx(roc_auc_score(y, p))
    act = test["act"].to_numpy(dtype=bool)
    assert figures["sensitivity"]["value"] == pytest.approx(act[y == 1].mean())
    assert figures["specificity"]["value"] == pytest.approx(1 - act[y == 0].mean())
    assert figures["cost"]["value"] == pytest.approx((10 * (y & ~act) + (1 - y) * act).mean())
    for model in film_run.metrics["models"].values():
        for entry in model.values():
            if entry["value"] is not None and entry["low"] is not None:
                assert entry["low"] <= entry["value"] <= entry["high"] or entry["low"] <= entry["high"]


def test_no_patient_lies_in_two_parts(film_run):
    table = pd.read_parquet(film_run.path / "predictions.parquet")
    assert (table.groupby("patient")["part"].nunique() == 1).all()
    assert set(table["part"]) == {"validation", "test"}


def test_image_history_and_both_are_always_told(film_run, lean_run):
    for run in (film_run, lean_run):
        assert {"image", "history", "both"} <= set(run.metrics["models"])


@pytest.mark.parametrize("cut", [0.3, "cost"])
def test_the_cut_is_as_it_was_asked_for(cut, run_films, film_folder):
    run = run_films(film_folder, decide={"cut": cut, "miss": 4, "alarm": 1})
    model = ImageModel.open(run.path / "model")
    table = pd.read_parquet(run.path / "predictions.parquet")
    assert (table["act"] == (table["probability"] > model.decision.cut)).all()
    if cut == 0.3:
        assert model.decision.cut == pytest.approx(0.3)
        return
    chosen = table[table["part"] == "validation"]
    y, p = chosen["label"].to_numpy(), chosen["probability"].to_numpy()
    costs = [(4 * y * (p <= cut) + (1 - y) * (p > cut)).sum() for cut in [-np.inf, *p]]
    own = (4 * y * (p <= model.decision.cut) + (1 - y) * (p > model.decision.cut)).sum()
    assert own == min(costs)


def test_colour_images_are_learnt_in_colour(tmp_path, film_folder, run_films):
    """The disease shows in the balance of two channels alone: grey, there would be nothing to see."""
    random, folder = np.random.default_rng(0), tmp_path / "skin"
    for number in range(120):
        ill = number % 2
        grey = random.integers(60, 180, (32, 32, 1)) + np.zeros((1, 1, 3), dtype=int)
        tint = grey + (np.array([40, -40, 0]) if ill else np.array([-40, 40, 0]))
        place = folder / ["benign", "melanoma"][ill] / f"{number:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tint.clip(0, 255).astype(np.uint8)).save(place)
    settings = {"data": {"positive": "melanoma"}, "model": {"channels": 3, "epochs": 3}, "augment": {"corruptions": 0}}
    run = run_films(folder, **settings)
    assert run.folder.read_json("data/profile.json")["channels"] == 3
    assert run.metrics["models"]["image"]["auc"]["value"] > 0.95
    rows = run.predict(folder / "melanoma").rows
    assert len(rows) == 60
    assert (rows["probability"] > 0.5).mean() > 0.9
    with pytest.raises(DataError, match=r"a colour image.*model\.channels: 3"):
        run_films(folder, **{**settings, "model": {"channels": 1}})


def test_a_readers_score_is_compared_with(run_films, film_folder, table):
    labels = labels_of(film_folder)
    random = np.random.default_rng(0)
    reader = (labels["label"] == "cancer") * 2.0 + random.normal(size=len(labels))
    run = run_films(film_folder, data={"files": table(reader=reader.round(3))}, model={"incumbent": "reader"})
    told = run.metrics["models"]["incumbent"]
    test = pd.read_parquet(run.path / "predictions.parquet").query("part == 'test'")
    of = dict(zip(labels["file"], reader.round(3), strict=True))
    own = [of[name] for name in test["name" if "name" in test else "file"]]
    assert told["auc"]["value"] == pytest.approx(roc_auc_score(test["label"], own))
    assert run.metrics["champion"] != "incumbent"


def test_parts_that_share_patients_are_refused_and_watermarked_when_forced(run_films, film_folder, table):
    labels = labels_of(film_folder)
    parts = np.resize(["train", "train", "validation", "test"], len(labels))
    asked = {"data": {"files": table(split=parts), "split": "split"}}
    with pytest.raises(DataError, match=r"the test part shares .* with what is learnt from: .*audit\.allow_leak: true"):
        run_films(film_folder, **asked)
    run = run_films(film_folder, **asked, audit={"allow_leak": True}, report={"formats": ["html", "pdf"]})
    html = (run.path / "report.html").read_text(encoding="utf-8")
    sections = sections_of(html)
    assert len(sections) > 5
    *told, glossary = sections
    assert "Words used" in glossary
    assert all("LEAK" in section for section in told)
    assert "LEAK" in (run.path / "made" / "card.md").read_text()
    assert run.summary()[0].startswith("LEAK")
    if shutil.which("pdftotext"):
        assert "".join(pages_of((run.path / "report.pdf").read_bytes())).count("LEAK") >= len(sections)


def test_unknown_patients_are_said_in_the_first_paragraph(run_films, film_folder, table):
    run = run_films(film_folder, data={"files": table(patient=None)}, report={"formats": ["html"]})
    first = sections_of((run.path / "report.html").read_text(encoding="utf-8"))[0]
    assert re.match(r"\s*1\s+Summary\s+Warning\s+No patient ids were given: each image is taken as a patient", first)
    assert any("No patient ids" in line for line in run.summary())
    assert "No patient ids were given" in (run.path / "made" / "card.md").read_text()


def test_fewer_than_twenty_diseased_rank_nothing(lean_run):
    html = (lean_run.path / "report.html").read_text(encoding="utf-8")
    assert re.search(r"Only \d+ of the judged patients have the disease", sections_of(html)[0])
    assert "Fewer than 20 diseased images were judged" in (lean_run.path / "made" / "card.md").read_text()
    assert not re.search(r"which is (better|worse), by", html)


def test_a_planted_shortcut_is_flagged_and_none_where_there_is_none(run_films, film_run, tmp_path):
    from casestudies.imaging import synthetic
    from casestudies.imaging.synthetic.exporting import film_png

    films = synthetic.films(100, side=32, seed=3, shortcut=0.8)
    for row, name in enumerate(films.names):
        (tmp_path / str(name)).write_bytes(film_png(films, row))
    words = np.array(["no cancer", "cancer"])[films.label]
    known = {"file": films.names, "label": words, "patient": films.patient, "site": films.table["site"]}
    pd.DataFrame(known).to_csv(tmp_path / "labels.csv", index=False)
    run = run_films(tmp_path, analyse=["groups"], report={"formats": ["html"]})
    for one, planted in ((run, True), (film_run, False)):
        told = next(c for c in one.folder.read_json("analysis/groups.json")["columns"] if c["name"] == "site")
        assert told["shortcut"]["flagged"] == planted
        html = (one.path / "report.html").read_text(encoding="utf-8")
        assert bool(re.search("Shortcut (in use|at hand)", html)) == planted


def test_an_npz_file_keeps_its_own_parts(run_films, tmp_path):
    random = np.random.default_rng(0)
    arrays = {}
    for part, many in (("train", 60), ("val", 30), ("test", 40)):
        label = np.arange(many) % 2
        images = random.integers(0, 200, (many, 28, 28))
        images[:, 8:16, 8:16] += 50 * label[:, None, None]
        arrays |= {f"{part}_images": images.astype(np.uint8), f"{part}_labels": label[:, None].astype(np.uint8)}
    np.savez(tmp_path / "mnist.npz", **arrays)
    run = run_films(tmp_path / "mnist.npz", data={"positive": 0}, reading={"side": None})
    parts = {one["part"]: one["images"] for one in run.folder.read_json("data/profile.json")["parts"]}
    assert parts == {"train": 60, "validation": 30, "test": 40}
    assert run.folder.read_json("data/profile.json")["side"] == 28
    assert run.folder.read_json("data/profile.json")["classes"] == ["1", "0"]


def test_without_torch_the_install_line_is_said(monkeypatch, film_folder, run_films):
    from casestudies.card import Card

    monkeypatch.setattr(Card, "missing", property(lambda card: card.library == "torch"))
    with pytest.raises(MissingExtra, match=r"torch is not installed; pip install 'casestudies\[torch\]'"):
        run_films(film_folder)
