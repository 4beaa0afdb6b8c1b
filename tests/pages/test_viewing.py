"""Images on the pages: handed in as data, and handed in to a saved model."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from casestudies.runs import RunFolder

SMALL = {
    "data": {"positive": "cancer", "history": ["age"]},
    "reading": {"side": 32},
    "model": {"networks": 1, "epochs": 1, "widths": [4, 8], "batch": 16},
    "head": {"reads": "both"},
    "interval": {"rounds": 100},
    "explaining": {"images": 4, "samples": 50, "steps": 4},
    "analyse": ["explanations"],
    "report": {"formats": []},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    from casestudies.imaging.demo import demo, demo_images
    from casestudies.workflow.load import demo_csv

    folder = tmp_path_factory.mktemp("films")
    (folder / "masks").mkdir()
    for name, content in {"labels.csv": demo_csv(demo(150, 0).frame), **demo_images(150, 0)}.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory, films):
    import casestudies

    return casestudies.run("imaging", films, SMALL, runs=tmp_path_factory.mktemp("runs"), variables={})


@pytest.fixture
def imaging(store, made) -> RunFolder:
    path = store / "imaging" / made.id
    shutil.copytree(made.path, path)
    return RunFolder(path)


def some(films: Path, number: int) -> list[Path]:
    return sorted(films.glob("*.png"))[:number]


def hand_in(visitor, run, files):
    app = visitor.open("explain", run=run.id, why="New images")
    app.get("file_uploader")[0].set_value([(name, content, "image/png") for name, content in files])
    return app.run()


def answers(app):
    (table,) = [element.value for element in app.dataframe if "probability" in element.value]
    return table


def pictures(app) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def png(pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_images_are_answered_together_and_one_is_looked_at(visitor, imaging, films):
    files = [(path.name, path.read_bytes()) for path in some(films, 3)]
    app = hand_in(visitor, imaging, files)
    assert not app.exception
    assert not app.error
    told = visitor.words(app)
    assert list(answers(app)["file"]) == [name for name, _ in files]
    assert "age of the patient, which an image alone does not carry: taken as not known" in told
    assert "A demonstration, not a device." in told
    shown = pictures(app)[:4]
    assert [any(map_ in words for words in shown) for map_ in ("Grad-CAM", "SHAP", "LIME")] == [True] * 3
    assert all("SYNTHETIC, no patient" in words for words in shown)
    assert any(slider.label.startswith("How strongly the overlay shows") for slider in app.slider)


def test_the_address_brings_the_images_and_the_one_looked_at_back(visitor, imaging, films):
    app = hand_in(visitor, imaging, [(path.name, path.read_bytes()) for path in some(films, 3)])
    (names,) = (
        [app.query_params["images"]] if isinstance(app.query_params["images"], str) else app.query_params["images"]
    )
    second = names.split(",")[1]
    app.selectbox(key="image:look").set_value(second).run()
    again = visitor.open("explain", run=imaging.id, why="New images", images=names, image=second)
    assert again.selectbox(key="image:look").value == second
    assert some(films, 3)[1].name in [header.value.replace("\\", "") for header in again.subheader]
    gone = visitor.open("explain", run=imaging.id, why="New images", images="0" * 64)
    assert "are gone" in visitor.words(gone)
    assert not gone.exception


def test_what_cannot_be_read_is_named_and_does_not_stop_the_others(visitor, imaging, films):
    good = some(films, 1)[0]
    app = hand_in(visitor, imaging, [("broken.png", b"\x89PNG\r\n\x1a\n nothing"), (good.name, good.read_bytes())])
    assert not app.exception
    assert list(answers(app)["file"]) == [good.name]
    assert "broken.png" in visitor.words(app)
    none = hand_in(visitor, imaging, [("broken.png", b"\x89PNG\r\n\x1a\n nothing")])
    assert not none.exception
    assert "broken.png" in "".join(error.value for error in none.error).replace("\\", "")


def test_a_model_of_synthetic_images_does_not_call_a_real_one_synthetic(visitor, imaging):
    noise = np.random.default_rng(0).integers(0, 255, (40, 40), dtype=np.uint8)
    app = hand_in(visitor, imaging, [("mine.png", png(noise))])
    assert "does not say that it is one: the answer means nothing for it" in visitor.words(app)
    shown = pictures(app)[:4]
    assert shown
    assert not any("SYNTHETIC" in words for words in shown)
    assert "unlike those of training" in visitor.words(app)


def test_the_results_have_the_price_slider_and_the_worst_errors(visitor, imaging):
    app = visitor.open("results", run=imaging.id, view="The worst errors", **{"try-miss": "25"})
    assert not app.exception
    assert [slider.key for slider in app.slider][:2] == ["try-miss", "try-diseased"]
    assert app.slider(key="try-miss").value == 25
    assert "Changed: Price of a miss, in false alarms." in visitor.words(app)
    assert pictures(app)
    assert all(words.startswith(("Missed", "False alarm")) for words in pictures(app))


@pytest.fixture
def data(visitor):
    """Opens the Data page, and hands a file in."""

    def open_page(name: str, content: bytes):
        app = visitor.open("data", study="imaging", own="file")
        app.get("file_uploader")[0].set_value((name, content, "application/octet-stream"))
        return app.run()

    return open_page


def test_an_archive_is_shown_and_the_value_of_the_disease_is_asked(data, visitor, films):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(films.rglob("*.*")):
            archive.write(path, path.relative_to(films))
    app = data("films.zip", out.getvalue())
    assert not app.exception
    assert len(pictures(app)) == 8
    (asked,) = [radio for radio in app.radio if radio.label == "Which value means disease?"]
    assert asked.value is None
    assert app.button[-1].disabled
    asked.set_value("cancer").run()
    assert "0 errors" in "".join(element.value for element in app.success)
    assert not app.button[-1].disabled


def test_arrays_say_themselves_which_column_is_which(data, visitor):
    rng = np.random.default_rng(0)
    out = io.BytesIO()
    np.savez(out, images=rng.integers(0, 255, (60, 28, 28), dtype=np.uint8), labels=np.arange(60) % 2)
    app = data("films.npz", out.getvalue())
    assert "The data say themselves which column is which" in visitor.words(app)
    assert not [box for box in app.selectbox if box.label in ("File", "Label", "Patient")]
    assert "Say in step 3 which value means disease" in visitor.words(app)
    (asked,) = [radio for radio in app.radio if radio.label == "Which value means disease?"]
    assert asked.value is None
    asked.set_value("1").run()
    assert "0 errors" in "".join(element.value for element in app.success)
    assert not app.error
