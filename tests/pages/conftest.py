"""Pages without a browser: Streamlit's own test runner, on a store of runs that the test owns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("streamlit")

from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from casestudies.runs import RunFolder

ROOT = Path(__file__).resolve().parents[2]


def script(study):
    from casestudies.pages.main import main

    main(study)


class Visitor:
    """Somebody at the pages; each page is opened in a new browser, with nothing but the address it is given."""

    def app(self, page: str, door: str | None = None, **parameters: str) -> AppTest:
        app = AppTest.from_function(script, args=(door,), default_timeout=60)
        about = {"study": "credit"} if page in ("data", "train") and door is None and "run" not in parameters else {}
        app.query_params = {**about, **parameters}
        app._page_hash = calc_hash(
            "" if page == "home" else page
        )  # AppTest.switch_page knows only pages that are files
        return app

    def open(self, page: str = "home", door: str | None = None, **parameters: str) -> AppTest:
        return self.app(page, door, **parameters).run()

    @staticmethod
    def words(app: AppTest) -> str:
        """All that the page says, one element a line, without the backslashes of Markdown."""
        kinds = ("title", "header", "subheader", "markdown", "text", "caption", "error", "warning", "info", "success")
        said = [f"{getattr(element.proto, 'title', '')} {element.value}" for kind in kinds for element in app.get(kind)]
        return "\n".join(line.strip() for line in said).replace("\\", "")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The path of an empty store of runs; the server listens on loopback."""
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield tmp_path / "runs"
    config.set_option("server.address", before)


@pytest.fixture
def visitor(store) -> Visitor:
    return Visitor()


@pytest.fixture
def run(store, small_run) -> RunFolder:
    """A finished run of the demo, a copy of its own in the store."""
    path = store / small_run.folder.study / small_run.id
    shutil.copytree(small_run.path, path)
    return RunFolder(path)
