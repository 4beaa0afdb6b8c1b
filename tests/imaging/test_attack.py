"""What strangers bring and what somebody may have changed: bad inputs, hostile texts, names of patients, forged models, limits."""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
import struct
import subprocess
import zipfile
import zlib

import numpy as np
import pandas as pd
import pydicom
import pytest
from PIL import Image

import casestudies
from casestudies import cli
from casestudies.api import prepare
from casestudies.errors import Cancelled, CaseError, ConfigError, DataError, ExitCode, RunError
from casestudies.imaging.demo import demo_films
from casestudies.imaging.model import ImageModel
from casestudies.imaging.synthetic.exporting import dicom
from casestudies.runs import RunStore, State, execute
from casestudies.workflow.studies import get_study

FORMULA = tuple("=+-@\t\r")
HOSTILE = [
    "=cmd|'/c calc'!A1", "+1+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}",
    "${7*7} #{7*7}", '#let x = "y"', "$x^2$ *b* _i_ `c` [a](javascript:alert(1))", "\u202eright to left", "a\x1b[31mred",
    "日本語 é 🧨", "'; DROP TABLE x", "../../etc/passwd", "http://evil.example/x", "a\u2028b\u200bc", '#image("/etc/passwd")',
]  # fmt: skip
FILMS = 150


def table_of(folder, **columns) -> pd.DataFrame:
    """The demo's labels with other columns."""
    return pd.read_csv(folder / "labels.csv", dtype=str, keep_default_na=False).assign(**columns)


def huge_header() -> bytes:
    """A PNG of a few bytes whose header declares ten thousand million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bomb(path) -> None:
    """An archive of a few kilobytes that unpacks to a thousand times as much and more."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in ("ill/1.png", "well/1.png"):
            archive.writestr(name, bytes(4 * 2**20))


# name: (what lies there beside the films or instead of them, columns of the labels, settings, error, words of its line)
BAD = {
    "a price that is no number": ("", {}, {"decide": {"miss": float("nan")}}, ConfigError, "decide.miss: must be a finite number"),
    "a negative price": ("", {}, {"decide": {"alarm": -1}}, ConfigError, "decide.alarm: must be greater than 0"),
    "nobody diseased": ("", {}, {"decide": {"prevalence": 0}}, ConfigError, "decide.prevalence: must be greater than 0"),
    "a cut above one": ("", {}, {"decide": {"cut": 2}}, ConfigError, "decide.cut: must be 'cost' or 'bayes' or less than or equal to 1"),
    "a question that is none": ("", {}, {"analyse": ["saliency"]}, ConfigError, "analyse: must be 'second_reader'"),
    "more blocks than the film can be halved": ("", {}, {"model": {"widths": [4] * 8}}, ConfigError, "8 blocks for films of 32 pixels a side"),
    "images beyond the memory": ("", {}, {"run": {"memory_mb": 500}, "reading": {"side": 512}, "model": {"channels": 3}}, ConfigError, "150 images of 512 pixels a side need 450 MB"),
    "a site that no column names": ("", {}, {"groups": {"site": "ward"}}, ConfigError, "groups.site: the labels have no column 'ward'"),
    "patients as history": ("", {}, {"data": {"history": ["patient"]}}, ConfigError, "'patient' is the patient and is named as history"),
    "patients as groups": ("", {}, {"data": {"groups": ["patient"]}}, ConfigError, "'patient' is the patient and is named as a group"),
    "the label as a reader's score": ("", {}, {"model": {"incumbent": "label"}}, ConfigError, "'label' is the label and is named as a score"),
    "a reader's score in words": ("", {"reader": "high"}, {"model": {"incumbent": "reader"}}, DataError, "model.incumbent: 0 validation images have a score"),
    "a score without a table": ("classes", {}, {"model": {"incumbent": "reader"}}, ConfigError, "model.incumbent: there is no table of labels, and so no column 'reader'"),
    "a history without a table": ("classes", {}, {"data": {"positive": "ill", "history": ["age"]}}, ConfigError, "data.history: there is no table of labels"),
    "one class": ("", {"label": "cancer"}, {}, DataError, "all 150 labels are 'cancer': a classifier needs both"),
    "one patient": ("", {"patient": "p"}, {}, DataError, "is left for the validation part; use more patients"),
    "labels of other files": ("", {"file": [f"g{n}.png" for n in range(FILMS)]}, {}, DataError, "names 150 of 150 images that are not there"),
    "parts that nothing says": ("", {}, {"split": {"kind": "given"}}, DataError, "split.kind: given: the images do not say which of them train"),
    "parts that share patients": ("", {"split": ["train", "test", "validation"] * 50}, {"data": {"split": "split"}}, DataError, "the test part shares 45 patients with what is learnt from"),
    "a header of ten thousand million pixels": ("huge", {}, {}, DataError, "a.png: the header declares more pixels than are ever read"),
    "an archive that unpacks without end": ("bomb.zip", {}, {"data": {"positive": "ill"}}, DataError, "it unpacks to more than 1,000 times its size"),
    "an archive cut short": ("cut.zip", {}, {}, DataError, "the .zip archive is damaged or cut short"),
    "a table in place of images": ("table.csv", {}, {}, DataError, "this is a table, and images are wanted"),
    "features of other images": ("", {}, {"data": {"files": {"features": "other.npz"}}}, DataError, "150 of 150 images have no features"),
    "features that are Python objects": ("", {}, {"data": {"files": {"features": "objects.npz"}}}, DataError, "objects.npz: holds Python objects"),
    "features that are not numbers": ("", {}, {"data": {"files": {"features": "nan.npz"}}}, DataError, "600 features are not finite"),
    "weights that are a pickle": ("", {}, {"data": {"files": {"features": "w.safetensors"}}}, DataError, "w.safetensors: not a file of weights in the format safetensors"),
    "a further file that the study does not know": ("", {}, {"data": {"files": {"masks": "x.csv"}}}, ConfigError, "data.files: there is no further table 'masks'"),
}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, film_folder):
    """Everything that `BAD` speaks of."""
    home = tmp_path_factory.mktemp("bad")
    names = table_of(film_folder)["file"].to_numpy(dtype=str)
    np.savez(home / "other.npz", names=np.char.add("x", names), features=np.zeros((FILMS, 4)))
    np.savez(home / "nan.npz", names=names, features=np.full((FILMS, 4), np.nan))
    objects = np.array([Loud()] * FILMS, dtype=object)
    np.savez(home / "objects.npz", names=names, features=objects)
    (home / "w.safetensors").write_bytes(pickle.dumps(Loud()))
    bomb(home / "bomb.zip")
    (home / "cut.zip").write_bytes((home / "bomb.zip").read_bytes()[:900])
    (home / "table.csv").write_text("file,label\na.png,cancer\n")
    for kind, name in (("ill", "p0001_1.png"), ("well", "p0002_1.png")):
        (home / "classes" / kind).mkdir(parents=True)
        shutil.copy(film_folder / name, home / "classes" / kind)
    (home / "huge").mkdir()
    (home / "huge" / "a.png").write_bytes(huge_header())
    (home / "huge" / "labels.csv").write_text("file,label\na.png,cancer\nb.png,no cancer\n")
    (home / "huge" / "b.png").write_bytes(huge_header())
    return home


class Loud:
    """What a hostile pickle would do."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_there_are_as_many_bad_inputs_as_were_asked_for():
    assert len(BAD) >= 25


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_is_answered_in_one_line_before_anything_is_learnt(name, shelf, film_folder, run_films, tmp_path):
    place, columns, settings, kind, words = BAD[name]
    data = dict(settings.get("data", {}))
    files = {role: str(shelf / file) for role, file in data.get("files", {}).items()}
    if columns:
        table_of(film_folder, **columns).to_csv(tmp_path / "t.csv", index=False)
        files["labels"] = str(tmp_path / "t.csv")
    with pytest.raises(CaseError) as stopped:
        run_films(shelf / place if place else film_folder, **{**settings, "data": {**data, "files": files}})
    line = str(stopped.value)
    assert isinstance(stopped.value, kind), line
    assert stopped.value.code in (ExitCode.DATA, ExitCode.CONFIG)
    assert "\n" not in line
    assert words in line, line
    assert not list(tmp_path.glob("runs/imaging/*/model/*"))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, film_folder, lean):
    """A run in which every text is hostile: names, labels, patients, groups, columns, the frame."""
    folder = tmp_path_factory.mktemp("hostile")
    known, random = table_of(film_folder), np.random.default_rng(0)
    names = []
    for number, name in enumerate(known["file"]):
        text = HOSTILE[number % len(HOSTILE)].replace("/", "_")
        names.append("".join(c for c in text if c.isprintable()).lstrip(".") + f"{number}.png")
        shutil.copy(film_folder / name, folder / names[-1])
    table = {
        "file": names,
        "label": ["=ill" if word == "cancer" else "<b>well</b>" for word in known["label"]],
        "patient": [f"{HOSTILE[number // 3 % len(HOSTILE)]}{number // 3}" for number in range(FILMS)],
        "site": random.choice(HOSTILE[:4], FILMS),
        "=1+1": random.choice(HOSTILE[4:12], FILMS),
        "smokes<b>": random.choice(HOSTILE[8:13], FILMS),
    }
    pd.DataFrame(table).to_csv(folder / "labels.csv", index=False)
    settings = lean(
        data={"positive": "=ill", "history": ["smokes<b>"], "groups": ["site", "=1+1"]},
        decide={"currency": "<b>$1</b>"},
        head={"reads": "both"},
        groups={"few": 2},
        analyse=["groups", "second_reader", "explanations"],
        explaining={"images": 4, "samples": 50, "steps": 4},
        frame={"goal": "<script>alert(1)</script> {{7*7}} #let x"},
        report={"formats": ["html", "pdf"]},
    )
    return casestudies.run("imaging", folder, settings, runs=tmp_path_factory.mktemp("runs"), variables={}), folder


def test_hostile_texts_are_data_in_the_report(attacked):
    html = (attacked[0].path / "report.html").read_text(encoding="utf-8")
    for text in ("<script>alert(1)", "<img src=x", "<b>well", "\x1b", "\u202e"):
        assert text not in html
    assert "&lt;script&gt;alert(1)" in html
    assert not re.search(r'href="(http://evil|javascript:)', html)
    assert (attacked[0].path / "report.pdf").stat().st_size > 20_000


def test_no_cell_of_a_list_can_run_in_a_spreadsheet(attacked, tmp_path):
    run, folder = attacked
    run.predict_file(folder, tmp_path / "new.csv")
    numbers = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?")
    for file in (*run.path.glob("lists/*.csv"), run.path / "data" / "problems.csv", tmp_path / "new.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        for cell in (*table.columns, *table.to_numpy().ravel()):
            assert not cell.startswith(FORMULA) or numbers.fullmatch(cell), (file.name, cell)
    assert len(pd.read_csv(tmp_path / "new.csv")) == FILMS


def test_nothing_hostile_reaches_the_terminal(attacked, capfd):
    run, folder = attacked
    for words in (["runs", "show", run.id], ["runs", "list"]):
        assert cli.main([*words, "--runs", str(run.path.parents[1])]) == ExitCode.DONE
    assert cli.main(["check", "imaging", "--data", str(folder), "--set", "data.positive==ill"]) == ExitCode.DONE
    said = capfd.readouterr()
    assert not set(said.out + said.err) & {"\x1b", "\u202e", "\u2028", "\u200b"}


def test_names_that_cannot_be_printed_are_refused_by_an_escape(film_folder, run_films, tmp_path):
    folder = tmp_path / "films"
    shutil.copytree(film_folder, folder)
    known = table_of(film_folder)
    for name in known["file"][:10]:
        (folder / name).rename(folder / f"a\x1b[31m\n{name}")
    with pytest.raises(
        DataError, match=r"first a\\x1b\[31m\\np0001_1\.png: its name holds characters that cannot"
    ) as no:
        run_films(folder, data={"files": {"labels": relabelled(folder, known)}})
    assert str(no.value).isprintable()


def relabelled(folder, known) -> str:
    known["file"] = [next((path.name for path in folder.glob(f"*{name}")), name) for name in known["file"]]
    path = folder.parent / "renamed.csv"
    known.to_csv(path, index=False)
    return str(path)


SECRETS = ("Miller", "MRN-4711", "19610402", "Mercy", "Dr.Sharp", "ACC-99", "1.2.840.99999")


@pytest.fixture(scope="module")
def named(tmp_path_factory, film_folder, lean):
    """A run of DICOM films whose headers, and whose table, name patients, and a folder of new ones."""
    home = tmp_path_factory.mktemp("named")
    films, known = demo_films(FILMS, 0), table_of(film_folder)
    for row in range(FILMS):
        data = pydicom.dcmread(io.BytesIO(dicom(films, row)))
        data.PatientName, data.PatientID, data.PatientBirthDate = (
            "Miller^Anna",
            f"MRN-4711-{known['patient'][row]}",
            "19610402",
        )
        data.InstitutionName, data.ReferringPhysicianName, data.AccessionNumber = "Mercy Hospital", "Dr.Sharp", "ACC-99"
        data.StudyInstanceUID, data.ImageComments = "1.2.840.99999", "of Anna Miller"
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.840.99999.{row}"
        place = home / "films" / ["healthy", "ill"][films.label[row]] / f"IM{row:04d}"
        place.parent.mkdir(parents=True, exist_ok=True)
        data.save_as(place)
    more = {"analyse": ["second_reader", "explanations"], "explaining": {"images": 4, "samples": 50, "steps": 4}}
    settings = lean(data={"positive": "ill"}, report={"formats": ["html", "pdf"]}, **more)
    return casestudies.run("imaging", home / "films", settings, runs=home / "runs", variables={}), home / "films"


def texts_of(path) -> str:
    """What a file says, its packing undone."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            return " ".join(archive.read(name).decode("latin-1") for name in archive.namelist())
    if path.suffix == ".pdf" and shutil.which("pdftotext"):
        return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return path.read_bytes().decode("latin-1")


def test_no_text_of_a_header_is_in_any_file_of_a_run(named, tmp_path):
    run, folder = named
    assert run.folder.read_json("data/profile.json")["patients_known"]
    assert not run.folder.manifest()["synthetic"]
    there = next(path for path in folder.rglob("IM0000")).read_bytes().decode("latin-1")
    assert all(secret in there for secret in SECRETS)
    out = tmp_path / "new.csv"
    _, notes = run.predict_file(folder, out)
    for path in (*(path for path in run.path.rglob("*") if path.is_file()), out):
        said = texts_of(path)
        assert not [secret for secret in SECRETS if secret in said], path.name
    said = " ".join([*notes, *run.describe(), *run.summary()])
    assert not [secret for secret in SECRETS if secret in said]


def test_ids_of_a_table_are_pseudonyms_everywhere(attacked):
    run, _ = attacked
    secret = [
        f"{text}{number}" for number, text in enumerate((HOSTILE * 3)[: FILMS // 3]) if text.isalnum() or "evil" in text
    ]
    assert secret
    for path in (path for path in run.path.rglob("*") if path.is_file() and path.name != "request.json"):
        said = texts_of(path)
        assert not [one for one in secret if re.search(rf"{re.escape(one)}(?![\d.])", said)], path.name


DAMAGE = {
    "no weights": ("network0.safetensors", lambda _: None),
    "half of the weights": ("network0.safetensors", lambda content: content[: len(content) // 2]),
    "weights that are a pickle": ("network0.safetensors", lambda _: pickle.dumps(Loud())),
    "a header without end": ("network0.safetensors", lambda content: struct.pack("<Q", 2**62) + content[8:]),
    "another network": ("network0.json", lambda content: content.replace(b'"small"', b'"large"')),
    "a network without bounds": ("network0.json", lambda content: re.sub(rb'"widths": \[[^\]]*\]', b'"widths": [1000000, 1000000]', content)),
    "no head": ("head0.npz", lambda _: None),
    "a head that is a pickle": ("head0.npz", lambda _: pickle.dumps(Loud())),
    "a head of nothing": ("head0.json", lambda _: b"{}"),
    "a head of tomorrow": ("head0.json", lambda content: json.dumps(json.loads(content) | {"format": 99}).encode()),
    "no model": ("model.json", lambda _: None),
    "a model that is no JSON": ("model.json", lambda _: b"{"),
    "a list for a model": ("model.json", lambda _: b"[]"),
    "a model of nothing": ("model.json", lambda _: b"{}"),
    "deep JSON": ("model.json", lambda _: b"[" * 100_000),
    "no members": ("model.json", lambda content: json.dumps(json.loads(content) | {"members": []}).encode()),
    "a member too many": ("model.json", lambda content: json.dumps(json.loads(content) | {"members": [True, True]}).encode()),
    "a decision in words": ("model.json", lambda content: json.dumps(json.loads(content) | {"decision": {"image": "yes"}}).encode()),
    "a quality of words": ("model.json", lambda content: json.dumps(json.loads(content) | {"quality": "good"}).encode()),
    "one class": ("model.json", lambda content: json.dumps(json.loads(content) | {"classes": ["ill"]}).encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_model_is_refused_in_one_line_and_nothing_in_it_is_run(name, lean_run, tmp_path):
    file, damage = DAMAGE[name]
    model = tmp_path / "model"
    shutil.copytree(lean_run.path / "model", model)
    content = damage((model / file).read_bytes())
    (model / file).unlink()
    if content is not None:
        (model / file).write_bytes(content)
    with pytest.raises(RunError) as refused:
        ImageModel.open(model)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("file", ["model/network0.safetensors", "model/model.json", "made/card.md", "lists/misses.csv"])
@pytest.mark.parametrize("verb", ["report", "predict", "show"])
def test_a_changed_run_is_not_spoken_of_as_if_it_were_whole(file, verb, lean_run, film_folder, tmp_path, capfd):
    run = tmp_path / "runs" / "imaging" / lean_run.id
    shutil.copytree(lean_run.path, run)
    (run / file).write_bytes((run / file).read_bytes() + b" ")
    out, where = tmp_path / "out", ["--runs", str(tmp_path / "runs")]
    arguments = {
        "report": ["report", run.name, "--format", "html", "--out", str(out), *where],
        "predict": ["predict", run.name, "--data", str(film_folder), "--out", str(tmp_path / "out.csv"), *where],
        "show": ["runs", "show", run.name, *where],
    }
    assert cli.main(arguments[verb]) == ExitCode.BUSY
    line = capfd.readouterr().err.strip()
    assert file in line
    assert "\n" not in line
    assert not out.exists()
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def asked(film_folder, tmp_path, lean):
    """A run that waits: its folder, and the images, which may change before it begins."""
    films = tmp_path / "films"
    shutil.copytree(film_folder, films)
    request = prepare(get_study("imaging"), films, lean(analyse=["second_reader"]), variables={})
    return RunStore(tmp_path / "runs").create("imaging", request), films


def emptied(films):
    shutil.rmtree(films)


def spoilt(films):
    for path in films.glob("*.png"):
        path.write_bytes(path.read_bytes()[:60])


def unlabelled(films):
    (films / "labels.csv").unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [(emptied, "there is no 'films'"), (spoilt, "150 of 150 images cannot be read"), (unlabelled, "nothing says what an image shows")],
)  # fmt: skip
def test_images_that_changed_while_a_run_waited_end_it_with_a_line(change, words, asked):
    folder, films = asked
    change(films)
    with pytest.raises(DataError, match=words):
        execute(folder.request(), folder)
    assert folder.state == State.FAILED
    assert words in folder.error()["message"]


@pytest.mark.parametrize("where", ["check", "fit", "evaluate", "analyse", "report"])
def test_a_run_can_be_stopped_in_every_stage(where, asked):
    folder, _ = asked

    def stop(event):
        if event.stage == where:
            (folder.path / "cancel").touch()

    with pytest.raises(Cancelled):
        execute(folder.request(), folder, stop)
    assert folder.state == State.CANCELLED
    assert not (folder.path / "manifest.json").exists()


def test_training_polls_in_every_epoch(asked, lean, tmp_path, film_folder):
    request = prepare(get_study("imaging"), film_folder, lean(model={"epochs": 50}), variables={})
    folder, seen = RunStore(tmp_path / "more").create("imaging", request), []

    def stop(event):
        seen.append(event.message)
        if "epoch 2 of 50" in event.message:
            (folder.path / "cancel").touch()

    with pytest.raises(Cancelled):
        execute(folder.request(), folder, stop)
    assert "epoch 2 of 50" in seen[-1] or "epoch 3 of 50" in seen[-1]


def test_damaged_and_foreign_images_among_many_are_skipped_and_counted(film_folder, run_films, tmp_path):
    folder = tmp_path / "films"
    shutil.copytree(film_folder, folder)
    known = table_of(film_folder)
    (folder / known["file"][0]).write_bytes(huge_header())
    (folder / known["file"][1]).write_bytes(b"GIF89a" + bytes(50))
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(folder / known["file"][2])
    run = run_films(folder)
    problems = pd.read_csv(run.path / "data" / "problems.csv", dtype=str)
    assert problems["rule"].str.contains("skipped, 3 of 150").sum() == 3
    assert problems["rule"].str.contains("a GIF image").any()
    assert run.folder.read_json("data/profile.json")["images"] == FILMS - 3
