"""Films of the demo as files, settings that fit them in a second, and one finished run with all its questions."""

from __future__ import annotations

from typing import Any

import pytest

FILMS = 150
TINY = (
    "demo.rows=300", "model.networks=1", "model.epochs=2", "interval.rounds=100", "explaining.images=6", "explaining.samples=50",
    "explaining.steps=4", "robustness.images=20", "run.threads=1",
)  # fmt: skip


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Sections of settings, key by key."""
    inner = {name: {**base.get(name, {}), **values} for name, values in more.items() if isinstance(values, dict)}
    return {**base, **more, **inner}


@pytest.fixture(scope="session")
def tiny():
    """Settings of the demo's smallest run, as `--set` takes them."""
    return TINY


@pytest.fixture(scope="session")
def film_run(tmp_path_factory):
    """A finished run of the demo with all its questions; read it, never change it."""
    import casestudies

    return casestudies.run("imaging", overrides=TINY, runs=tmp_path_factory.mktemp("runs"), variables={})


@pytest.fixture(scope="session")
def film_files():
    """{name: content}: films of the demo with their masks and labels.csv."""
    from casestudies.imaging.demo import demo, demo_images
    from casestudies.workflow.load import demo_csv

    return {"labels.csv": demo_csv(demo(FILMS, 0).frame), **demo_images(FILMS, 0)}


@pytest.fixture(scope="session")
def film_folder(tmp_path_factory, film_files):
    """They as a folder; read it, never change it."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "masks").mkdir()
    for name, content in film_files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def lean():
    """Settings that fit such a folder in a second, with these sections changed."""

    def of(**sections) -> dict[str, Any]:
        base = {
            "data": {"positive": "cancer"},
            "reading": {"side": 32},
            "model": {"networks": 1, "epochs": 1, "widths": [4, 8], "batch": 16},
            "interval": {"rounds": 100},
            "analyse": [],
            "report": {"formats": []},
            "run": {"threads": 1},
        }
        return merged(base, sections)

    return of


@pytest.fixture
def run_films(tmp_path, lean):
    """A run of the images there by lean settings with these sections changed."""
    import casestudies

    return lambda path, **sections: casestudies.run(
        "imaging", path, lean(**sections), runs=tmp_path / "runs", variables={}
    )


@pytest.fixture(scope="session")
def lean_run(tmp_path_factory, film_folder, lean):
    """A finished run of the folder, that reads the age beside the image; read it, never change it."""
    import casestudies

    settings = lean(data={"history": ["age"]}, head={"reads": "both"}, report={"formats": ["html"]})
    return casestudies.run("imaging", film_folder, settings, runs=tmp_path_factory.mktemp("lean"), variables={})
