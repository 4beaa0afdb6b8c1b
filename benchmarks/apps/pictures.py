"""`python -m benchmarks.apps.pictures RUNS [NAME ...]`: the pictures of pages under docs/images, from a folder of finished demo runs.

Each is what headless Chromium shows of a page in light colours; of each study the newest finished run is taken.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.apps.opening import FLAGS, STANDS
from benchmarks.apps.served import Address, Server, serving
from casestudies.imaging.demo import demo_images
from casestudies.runs import RunStore, State

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
_NEW = 4  # new films in the picture of imaging


@dataclass(frozen=True)
class Picture:
    """One page. study: whose run it shows; "" = a page that shows none. size: of the window; width: of the picture. first: text it begins at, else the top."""

    study: str
    page: str
    asked: Mapping[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (1400, 1000)
    width: int = 1000
    first: str = ""
    films: bool = False


PICTURES = {
    "results": Picture("credit", "results"),
    "explain": Picture("credit", "explain", {"why": "One case"}),
    "groups": Picture("credit", "groups"),
    "compare": Picture("credit", "compare"),
    "lab": Picture("", "lab-landscapes", {"land": "Rosenbrock's banana"}, (1400, 1250)),
    "imaging": Picture("imaging", "explain", {"why": "New images"}, (1260, 1000), 740, "file", films=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, serving(options.runs) as server:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in options.names or PICTURES:
            path = IMAGES / f"{name}.png"
            path.write_bytes(_drawn(browser, server, options.runs, PICTURES[name]))
            print(path)
        browser.close()


def _drawn(browser: Any, server: Server, runs: Path, picture: Picture) -> bytes:
    width, height = picture.size
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light").new_page()
    about = _about(runs, picture) if picture.study else {}
    page.goto(f"http://127.0.0.1:{server.port}/{Address('', picture.page, about | dict(picture.asked)).path}")
    page.wait_for_function(STANDS, timeout=120_000)
    if picture.films:
        _hand_in(page)
    page.wait_for_timeout(2000)  # charts draw themselves after the server is done
    if not picture.first:
        return _small(page.screenshot(), picture.width)
    start = page.locator("[data-testid=stDataFrame]").first
    start.scroll_into_view_if_needed()
    page.set_viewport_size({"width": width, "height": 3 * height})
    page.wait_for_timeout(1000)
    box = start.bounding_box()
    edge = {
        "x": box["x"] - 20,
        "y": box["y"] - 12,
        "width": box["width"] + 40,
        "height": 830 * (box["width"] + 40) / 740,
    }
    return _small(page.screenshot(clip=edge), picture.width)


def _about(runs: Path, picture: Picture) -> dict[str, str]:
    """Which runs the page is asked to show."""
    done = [run.id for run in RunStore(runs).all(picture.study) if run.state == State.DONE and run.verb == "run"]
    return {"runs": f"{done[1]},{done[0]}"} if picture.page == "compare" else {"run": done[0]}


def _hand_in(page: Any) -> None:
    """New films of the generator, of another seed than the demo's."""
    films = [
        (name, content) for name, content in demo_images(12, 1).items() if "mask" not in name and name.endswith(".png")
    ]
    files = [
        {"name": Path(name).name, "mimeType": "image/png", "buffer": content} for name, content in films[::3][:_NEW]
    ]
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("A demonstration, not a device.").wait_for(timeout=120_000)
    page.wait_for_function(STANDS, timeout=120_000)


def _small(png: bytes, width: int) -> bytes:
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.quantize(256).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
