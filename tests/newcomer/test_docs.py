"""The documents, followed: guides run as they are printed, tutorials from the first line to the last.

Only a run's own expense is cut here, by settings added to what a tutorial prints: fewer bootstrap rounds and samples of
explanations, and for the demo fewer rows and questions.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from casestudies import cli
from casestudies.workflow.resolve import resolve
from casestudies.workflow.studies import get_study

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))

_TABLE = ("explain.rows=60", "explain.lime.samples=200", "explain.lime.seeds=2")
_QUICK = {
    "credit": _TABLE,
    "churn": _TABLE,
    "fraud": _TABLE,
    "imaging": ("robustness.images=20",),
    "recommendation": (),
}
_FEW_FILMS = ("demo.rows=300", "model.epochs=1", "model.networks=1", "analyse=[]")
_QUICK_DEMO = {
    "credit": ("demo.rows=700", "analyse=[]"),
    "churn": ("demo.rows=1500", "analyse=[]", "model.candidates=[logistic]"),
    "fraud": ("demo.rows=3000", "analyse=[]", "model.candidates=[logistic]"),
    "imaging": _FEW_FILMS,
    "recommendation": ("demo.rows=4000", "model.candidates=[popularity,implicit]"),
}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_examples_in_python_run(guide):
    text = guide.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, guide.name, str(guide), 0)
    runner = doctest.DocTestRunner()
    runner.run(examples)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("guide", [*GUIDES, *TUTORIALS], ids=lambda path: path.stem)
def test_configs_are_valid(guide):
    for block in re.findall(r"```yaml[^\n]*\n(.*?)```", guide.read_text(encoding="utf-8"), re.S):
        values = yaml.safe_load(block)
        if isinstance(values, dict) and "study" in values:
            resolve(get_study(values["study"]).settings, values=values)


@pytest.mark.slow
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_works_from_its_first_line_to_its_last(tutorial, tmp_path, monkeypatch, capsys):
    if tutorial.stem == "imaging":
        pytest.importorskip("torch", reason="the extra torch is not installed")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.md"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CASESTUDIES_RUNS", raising=False)
    steps = re.findall(r"```(\w+)(?: file=(\S+))?\n(.*?)```", tutorial.read_text(encoding="utf-8"), re.S)
    assert {language for language, _, _ in steps} == {"sh", "yaml", "python"}
    for language, name, block in steps:
        if language == "yaml":
            Path(name).write_text(block, encoding="utf-8")
        elif language == "python":
            exec(compile(block, str(tutorial), "exec"), {"__name__": "tutorial"})
        else:
            for line in block.strip().splitlines():
                _follow(line, tutorial.stem, capsys)


def _follow(line, study, capsys):
    """One line of shell, as printed but for the expense of a run."""
    words = shlex.split(line)
    if words[0] != "casestudies":
        variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(line, shell=True, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return
    if words[1] == "run":
        more = _QUICK[study] if "--config" in words else (*_QUICK[study], *_QUICK_DEMO[study])
        words += [word for text in ("interval.rounds=100", *more) for word in ("--set", text)] + ["--no-progress"]
    code = cli.main(words[1:])
    assert code == 0, f"{line}\n{capsys.readouterr().err}"


def test_the_reference_is_what_the_docstrings_say(monkeypatch):
    """When it is not: python docs/reference.py"""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import reference

    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference.reference()
