"""The README, followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """An empty folder with the example file where the README has it."""
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "credit_demo.csv", tmp_path / "data")
    return tmp_path


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def variables():
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def test_the_five_lines_of_shell_work(folder):
    lines = blocks("sh")[0].strip().splitlines()
    assert len(lines) == 5
    for line in lines:
        done = subprocess.run(line, shell=True, cwd=folder, env=variables(), capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert (folder / "mine" / "scores.csv").stat().st_size > 10_000
    assert list((folder / "mine").glob("credit-*.pdf"))


def test_the_lines_of_python_work(folder):
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[0]], cwd=folder, env=variables(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "'value'" in done.stdout


def test_the_lines_of_python_for_lists_work():
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[2]], cwd=ROOT, env=variables(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("fold-in") == 5


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)\)|`([\w./-]+/|[A-Z]+\.md)`", README))
def test_what_the_readme_points_to_is_there(path):
    target = next(part for part in path if part)
    assert (ROOT / target).exists() or target.startswith(("http", ".venv"))
