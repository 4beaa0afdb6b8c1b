"""The study through the command line: every verb, its exit code, one line for a complaint, and what it loads on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from casestudies import cli
from casestudies.errors import ExitCode

INSTALL = "pip install 'casestudies[torch]'"


@pytest.fixture
def shell(capfd):
    """Run a command: (exit code, standard output, standard error)."""

    def called(*words):
        code = cli.main([str(word) for word in words])
        said = capfd.readouterr()
        return code, said.out, said.err.strip()

    return called


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The folder that `template` writes."""
    folder = tmp_path_factory.mktemp("template") / "mine"
    assert cli.main(["template", "imaging", "--out", str(folder)]) == ExitCode.DONE
    return folder


def python(*commands, hidden=()):
    """Commands one after the other in a process in which modules of these names cannot be found, as where they are not installed.

    Returns
    -------
    For each its exit code, what it printed, what it complained of, and which libraries are loaded when it has ended.
    """
    code = (
        "import io, json, sys\n"
        "import importlib.util as util\n"
        f"hidden = {tuple(hidden)!r}\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in hidden: raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name.split('.')[0] in hidden else found(name, package)\n"
        "from casestudies import cli\n"
        "told = []\n"
        f"for words in {[[str(word) for word in words] for words in commands]!r}:\n"
        "    env = cli.Environment(io.StringIO(), io.StringIO())\n"
        "    code = cli.main(words, env)\n"
        "    heavy = {'torch', 'pydicom', 'PIL', 'skimage', 'safetensors'}\n"
        "    loaded = sorted({name.split('.')[0] for name in sys.modules} & heavy)\n"
        "    told.append((int(code), env.stdout.getvalue(), env.stderr.getvalue().strip(), loaded))\n"
        "print(json.dumps(told))\n"
    )
    own = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_list_names_the_study_and_what_it_needs(shell):
    code, out, _ = shell("list")
    assert code == ExitCode.DONE
    assert "imaging         Does this image show the disease?" in out
    code, out, _ = shell("list", "--json")
    assert next(card for card in json.loads(out) if card["name"] == "imaging")["missing"] is False


def test_the_schema_tells_columns_and_settings(shell):
    code, out, _ = shell("schema", "imaging")
    assert code == ExitCode.DONE
    assert all(
        word in out for word in ("patient", "data.positive", "decide.miss", "head.ridges", "reading.most_pixels")
    )
    code, out, _ = shell("schema", "imaging", "--json")
    assert {row["column"] for row in json.loads(out)["columns"]} >= {"file", "label", "patient", "mask", "site"}


def test_a_template_is_checked_without_a_complaint_and_never_overwritten(template, shell):
    code, out, _ = shell("check", "imaging", "--config", template / "imaging.yaml")
    assert code == ExitCode.DONE
    assert "0 errors" in out
    assert "40 PNG images" in out
    code, _, line = shell("template", "imaging", "--out", template)
    assert code == ExitCode.USAGE
    assert "is there already" in line
    assert "\n" not in line


def test_check_says_what_is_wrong_and_writes_it_down(template, shell, tmp_path):
    config, out = template / "imaging.yaml", tmp_path / "problems.csv"
    code, said, _ = shell("check", "imaging", "--config", config, "--set", "data.positive=null", "--out", out)
    assert code == ExitCode.DATA
    assert "nothing says which is the disease" in said
    assert "data.positive" in out.read_text()


def test_run_report_predict_and_runs(film_folder, tmp_path, shell):
    runs = tmp_path / "runs"
    lean = (
        "data.positive=cancer", "reading.side=32", "model.networks=1", "model.epochs=1", "model.widths=[4, 8]", "interval.rounds=100",
        "analyse=[]", "report.formats=[html]",
    )  # fmt: skip
    words = [word for text in lean for word in ("--set", text)]
    code, out, err = shell("run", "imaging", "--data", film_folder, "--out", runs, *words, "--reports", tmp_path)
    assert code == ExitCode.DONE, err
    assert out.startswith("SYNTHETIC, no patient")
    assert err.split() == ["check", "fit", "evaluate", "analyse", "report"]
    assert (tmp_path / "imaging.html").exists()
    where = ("--runs", runs)
    code, out, _ = shell("runs", "list", *where)
    assert code == ExitCode.DONE
    assert "AUC of patients" in out or "patient_auc" in out or "imaging" in out
    code, out, _ = shell("runs", "show", "latest", *where)
    assert code == ExitCode.DONE
    assert "model/network0.safetensors" in out
    assert shell("runs", "verify", "latest", *where)[0] == ExitCode.DONE
    code, out, _ = shell("report", "latest", "--format", "pdf", "--out", tmp_path / "again", *where)
    assert code == ExitCode.DONE
    assert next((tmp_path / "again").glob("*.pdf")).read_bytes().startswith(b"%PDF-")
    code, out, err = shell("predict", "latest", "--data", film_folder, "--out", tmp_path / "new.csv", *where)
    assert code == ExitCode.DONE
    assert out.startswith("150 rows")
    scores = pd.read_csv(tmp_path / "new.csv")
    assert scores["model"].str.contains("SYNTHETIC").all()
    code, _, line = shell("report", "latest", "--set", "decide.miss=5", "--out", tmp_path / "again", *where)
    assert code == ExitCode.CONFIG
    assert "a finished run on images cannot be changed" in line
    assert shell("runs", "rm", "latest", "--yes", *where)[0] in (ExitCode.DONE, ExitCode.BUSY)


def test_a_gate_that_is_missed_is_its_own_exit_code(lean_run, monkeypatch):
    from casestudies.api import Run
    from casestudies.errors import GateMissed
    from casestudies.workflow.settings import Gate

    config = lean_run.config.model_copy(update={"gates": {"auc": Gate(min=0.999)}})
    monkeypatch.setattr(Run, "config", config)
    with pytest.raises(GateMissed, match=r"gates\.auc: 0\.\d+, and at least 0\.999 is wanted") as missed:
        Run(lean_run.folder).check_gates()
    assert missed.value.code == ExitCode.GATE


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "imaging", "--data", "GONE"], ExitCode.DATA, "there is no"),
        (["run", "imaging", "--data", "FILMS"], ExitCode.DATA, "nothing says which is the disease"),
        (["run", "imaging", "--set", "decide.miss=-1"], ExitCode.CONFIG, "decide.miss: must be greater than 0"),
        (["run", "imaging", "--set", "gates.auk.min=0.9"], ExitCode.CONFIG, "there is no figure 'auk'"),
        (["check", "imaging", "--set", "modle.epochs=1"], ExitCode.CONFIG, "modle"),
        (["predict", "none", "--data", "FILMS", "--out", "x.csv"], ExitCode.BUSY, "there is no run"),
        (["predict", "none", "--data", "FILMS"], ExitCode.BUSY, "there is no run"),
        (["run", "imagin"], ExitCode.USAGE, "imaging"),
    ],
)
def test_a_complaint_is_one_line_and_has_its_exit_code(words, code, said, shell, film_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = {"GONE": tmp_path / "gone", "FILMS": film_folder}
    found, _, line = shell(*(place.get(word, word) for word in words))
    line = line.removeprefix("check\n")  # the stage that it was in
    assert (found, "\n" in line) == (code, False), line
    assert said in line


def test_start_up_loads_neither_torch_nor_readers_of_images():
    for code, _, _, loaded in python(["--help"], ["list"], ["schema", "imaging"]):
        assert (code, loaded) == (ExitCode.DONE, [])


def test_without_torch_the_study_says_how_to_get_it_and_everything_else_works(template, lean_run, film_folder):
    runs = ("--runs", lean_run.path.parents[1])
    listed, schema, checked, shown, *asked = python(
        ["list"],
        ["schema", "imaging"],
        ["check", "imaging", "--config", template / "imaging.yaml"],
        ["runs", "show", lean_run.id, *runs],
        ["run", "imaging", "--no-progress", "--out", template / "runs"],
        ["predict", lean_run.id, "--data", film_folder, "--out", template / "x.csv", *runs],
        hidden=("torch", "safetensors", "pydicom"),
    )
    assert f"torch is not installed: {INSTALL}" in listed[1]
    for code, _, said, _ in (listed, schema, checked, shown):
        assert code == ExitCode.DONE, said
    assert "0 errors" in checked[1]  # of a folder of PNG, which nothing but Pillow reads
    for code, _, said, _ in asked:
        assert code == ExitCode.EXTRA
        assert said == f"imaging: torch is not installed; {INSTALL}"
