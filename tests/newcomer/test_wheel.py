"""The package as a stranger gets it: a wheel, in an environment of its own, outside the clone."""

import ast
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# import name -> distribution, where they differ
DISTRIBUTIONS = {
    "array_api_compat": "array-api-compat",
    "imblearn": "imbalanced-learn",
    "distributed": "dask",
    "yaml": "PyYAML",
    "sklearn": "scikit-learn",
    "python_calamine": "python-calamine",
    "vl_convert": "vl-convert-python",
    "skimage": "scikit-image",
    "openjpeg": "pylibjpeg-openjpeg",
}
DISTRIBUTIONS |= {"charset_normalizer": "charset-normalizer", "pydantic_core": "pydantic", "PIL": "pillow"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The Python of an environment that holds our wheel; what we depend on is lent by the environment of the tests."""
    home = tmp_path_factory.mktemp("stranger")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(home.glob("*.whl"))
    venv.create(home / "env", with_pip=False, symlinks=True)
    site = next((home / "env" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "lent.pth").write_text(lent + "\n")
    return home / "env" / "bin" / "python", home


def call(python, folder, *words):
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CASESTUDIES", "VIRTUAL"))}
    command = [str(python), "-m", "casestudies", *words]
    return subprocess.run(
        command, cwd=folder, env={**variables, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )


def test_the_wheel_and_not_the_clone_is_what_runs(installed):
    python, home = installed
    where = subprocess.run(
        [str(python), "-c", "import casestudies; print(casestudies.__file__)"], cwd=home, capture_output=True, text=True
    )
    assert str(home) in where.stdout


def test_list_and_run_work_from_another_folder(installed, tmp_path):
    python, _ = installed
    assert "credit" in call(python, tmp_path, "list").stdout
    small = [
        "demo.rows=500",
        "interval.rounds=100",
        "explain.rows=60",
        "explain.lime.samples=200",
        "explain.lime.seeds=2",
    ]
    done = call(python, tmp_path, "run", "credit", "--no-progress", *(f"--set={text}" for text in small))
    assert done.returncode == 0, done.stderr
    run = next((tmp_path / "runs" / "credit").iterdir())
    assert (run / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_the_pages_start_from_another_folder(installed, tmp_path):
    pytest.importorskip("streamlit", reason="the extra app is not installed")
    python, _ = installed
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(python), "-m", "casestudies", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert _answers(port, seconds=60)
    finally:
        os.killpg(server.pid, 15)
        server.wait(20)


def _answers(port, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.3)
    return False


def test_everything_imported_is_declared():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [
        *declared["dependencies"],
        *(n for extra in ("torch", "app", "dask", "tune") for n in declared["optional-dependencies"][extra]),
    ]
    known = {re.split(r"[<>=\[ ;]", name)[0].lower() for name in names}
    for path in (ROOT / "casestudies").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "casestudies":
                    assert DISTRIBUTIONS.get(top, top).lower() in known, f"{path.name} imports {top}"


def test_every_declared_library_is_pinned():
    pins = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [*declared["dependencies"], *(n for extra in declared["optional-dependencies"].values() for n in extra)]
    for name in names:
        plain = re.split(r"[<>=\[ ;]", name)[0].lower().replace("_", "-")
        assert plain == "casestudies" or plain in pins, name
