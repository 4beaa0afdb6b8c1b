"""start.py: one file of standard library that says what to do when something is missing."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return module


def test_without_the_venv_module_it_prints_the_one_command(start, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"sudo apt-get install python3\.\d+-venv"):
        start.make_environment()


def test_what_is_installed_is_not_installed_again(start, monkeypatch):
    calls = []
    monkeypatch.setattr(start.subprocess, "call", lambda command: calls.append(command) or 0)
    start.VENV.mkdir()
    start.install(["app"], torch=False)
    start.install(["app"], torch=False)
    start.install(["all", "dev"], torch=True)
    assert len(calls) == 2
    assert "-c" in calls[0]
    assert calls[0][-1].endswith("[app]")


def test_a_failed_install_is_tried_again_next_time(start, monkeypatch):
    start.VENV.mkdir()
    monkeypatch.setattr(start.subprocess, "call", lambda command: 1)
    with pytest.raises(SystemExit, match="Running this again"):
        start.install(["app"], torch=False)
    calls = []
    monkeypatch.setattr(start.subprocess, "call", lambda command: calls.append(command) or 0)
    start.install(["app"], torch=False)
    assert len(calls) == 1


def test_it_imports_nothing_but_the_standard_library():
    import ast

    for node in ast.walk(ast.parse((ROOT / "start.py").read_text())):
        for name in [a.name for a in getattr(node, "names", [])] if isinstance(node, ast.Import) else []:
            assert name.partition(".")[0] in sys.stdlib_module_names
