"""The HTML report in a real browser: it draws, asks nobody, fits a phone, and is readable in light and dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casestudies.report import to_html

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = "() => document.querySelectorAll('.plot svg').length === document.querySelectorAll('.plot').length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(chart_html, tmp_path_factory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(chart_html, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser, address):
    """Opens the report; yields a function of the context's options that gives (page, requests, messages)."""
    contexts = []

    def open_page(drawn: bool = True, **options):
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        contexts.append(context)
        page, requests, messages = context.new_page(), [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("dialog", lambda dialog: messages.append(f"dialog: {dialog.message}"))
        page.goto(address)
        if drawn:
            page.wait_for_function(DRAWN, timeout=60_000)
        return page, requests, messages

    yield open_page
    for context in contexts:
        context.close()


def test_all_charts_draw_without_a_request_or_an_error(opened, address, hostile_charts):
    page, requests, messages = opened()
    assert page.locator(".plot svg").count() == len(hostile_charts)
    assert requests == [address]
    assert messages == []
    assert page.title() == "A title"


def test_nothing_scrolls_sideways(opened):
    page, _, _ = opened(viewport={"width": 390, "height": 844})
    for width in (390, 768, 1400, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const paper = parse(getComputedStyle(document.body).backgroundColor);
  const bad = [], texts = document.querySelectorAll('.plot .role-axis-label text, .plot .role-legend-label text');
  if (texts.length < 100) bad.push('no texts');
  for (const text of texts) {
    const style = getComputedStyle(text), a = Number(style.opacity) * Number(style.fillOpacity);
    const ink = parse(style.fill).slice(0, 3).map((v, i) => a * v + (1 - a) * paper[i]);
    const [low, high] = [lum(ink), lum(paper)].sort((x, y) => x - y);
    if ((high + 0.05) / (low + 0.05) < 4.5) bad.push([text.textContent, style.fill, a]);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_the_charts_can_be_read(opened, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page, _, _ = opened(color_scheme=scheme, bypass_csp=True)
    assert page.evaluate(CONTRAST) == []
    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = axe.run(page).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
        assert grave == []


def test_print_is_dark_on_white_even_from_a_dark_screen(opened):
    page, _, _ = opened(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.plot')).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav").is_visible()


def test_without_scripts_texts_and_tables_stand_for_the_charts(opened, hostile_charts):
    page, requests, _ = opened(drawn=False, java_script_enabled=False)
    assert page.locator(".plot svg").count() == 0
    assert page.locator(".plot .alt").count() == len(hostile_charts)
    assert page.locator(".plot .alt").first.is_visible()
    assert page.locator("details.behind[open]").count() == len(hostile_charts)
    assert page.locator("details.behind table").first.is_visible()
    assert len(requests) == 1


def test_with_scripts_the_tables_are_folded_and_open_on_demand(opened):
    page, _, _ = opened()
    first = page.locator("details.behind").first
    assert not first.locator("table").is_visible()
    first.locator("summary").click()
    assert first.locator("table").is_visible()


def test_a_tooltip_shows_text_as_text_and_the_policy_stays_silent(opened):
    page, _, messages = opened()
    point = page.locator("#figure-4 .mark-symbol path").first
    point.scroll_into_view_if_needed()
    point.hover(force=True)
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "<script>" in page.locator("#vg-tooltip-element").inner_text()
    assert page.locator("#vg-tooltip-element script").count() == 0
    place, tip = point.bounding_box(), page.locator("#vg-tooltip-element").bounding_box()
    assert abs(place["x"] - tip["x"]) < 400
    assert abs(place["y"] - tip["y"]) < 200
    assert messages == []


def test_a_chart_that_cannot_be_drawn_leaves_its_words_and_its_table(opened, browser, tmp_path, chart_html):
    path = tmp_path / "broken.html"
    broken = chart_html.replace('"mark":{', '"mark":{"type":"nonsense"},"mark_":{')
    path.write_text(broken, encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("() => document.querySelector('#figure-1 details.behind').open")
    assert page.locator("#figure-1 .plot").inner_text().startswith("ROC curves")
    page.close()


def test_the_skip_link_and_the_contents_lead_into_the_report(opened):
    page, _, _ = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("nav a", has_text="Charts").click()
    assert page.evaluate("location.hash") == "#charts"


def test_a_small_report_without_charts_opens_too(browser, report_of, tmp_path):
    path = tmp_path / "small.html"
    path.write_text(to_html(report_of("<script>document.title='pwned'</script>")), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.title() == "<script>document.title='pwned'</script>"
    page.close()
