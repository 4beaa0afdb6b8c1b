"""The pages in a real browser: what only a browser can show. The logic is tested without one beside this file."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

import casestudies
from casestudies.credit.demo import demo
from casestudies.imaging.demo import demo_images
from casestudies.report import visible
from casestudies.runs import RunStore, State
from casestudies.workflow.load import demo_csv
from casestudies.workflow.reporting import build_report, render
from casestudies.workflow.studies import get_study

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SMALL = {
    "demo": {"rows": 300},
    "model": {"candidates": ["logistic"]},
    "interval": {"rounds": 100},
    "explain": {"rows": 50, "cases": 1, "lime": {"samples": 200, "seeds": 2}},
    "report": {"formats": []},
}
OLDER = "20180101T000000-000000"  # the run of credit once more, for a comparison
LISTS = "20200101T000000-000000"  # a run of recommendations, older than the one that pages show by themselves
FILMS = "20190101T000000-000000"  # and one of images
FEW_FILMS = [
    "demo.rows=300",
    "reading.side=32",
    "model.networks=1",
    "model.epochs=1",
    "model.widths=[4, 8]",
    "run.threads=1",
]
FEW_FILMS += ["interval.rounds=100", "analyse=[explanations]", "explaining.images=4", "explaining.samples=50"]
FEW_FILMS += ["explaining.steps=4", "report.formats=[]"]
PAGES = {
    "home": "",
    "runs": "runs",
    "data": "data",
    "own": "data?study=churn&own=file",
    "train": "train",
    "results": "results",
    "groups": "groups",
    "compare": "compare?study=credit",
    "by_activity": f"groups?run={LISTS}",
    "performance": "results?view=Performance",
    "explain": "explain",
    "case": "explain?why=One+case",
    "quality": "explain?why=Quality",
    "customer": f"explain?run={LISTS}&why=One+customer&given=%7B%22P0001%22:null%7D",
    "films": "data?study=imaging",
    "errors": f"results?run={FILMS}&view=The+worst+errors&try-miss=30",
    "images": f"explain?run={FILMS}&why=New+images",
    "report": "report",
    "lab": "lab-start",
    "landscapes": "lab-landscapes?land=A+saddle",
    "batches": "lab-batches",
    "schedules": "lab-batches?batch-part=Schedules",
    "gradients": "lab-gradients",
    "losses": "lab-losses",
    "amounts": "lab-losses?loss-part=Amounts",
    "fit": "lab-fit",
    "network": "lab-fit?fit-part=Network",
    "real": "lab-real",
    "portfolio": "lab-portfolio",
}
# where hostile.py puts its texts, and what must not come of them
PLACES = ("[data-testid=stAlert]", "[data-testid=stCaptionContainer]", "[data-testid=stMetricLabel]")
PLACES += ("[data-testid=stMetricValue]", "summary", "[data-testid=stRadio] [data-testid=stWidgetLabel]")
PLACES += ("[data-testid=stRadioOption]", "[data-testid=stPageLink]", "[data-testid=stText]")
MARKUP = "a:not([data-testid=stPageLink-NavLink]), img, script, em, strong, del, code, .katex, li, blockquote, hr"
PATIENCE = 60_000  # milliseconds; the machine may be busy with other tests


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def is_up(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).status == 200)
    except OSError:
        return False


def answer(port: int, host: str, origin: str) -> int:
    """The status with which the server answers a browser that opens the pages' one connection, the web socket."""
    head = {"Host": host, "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}
    head |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw=="}
    lines = ["GET /_stcore/stream HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.recv(64).split()[1])


class Server:
    """A server of the pages, started as people start it, from a folder that is not the project's."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self.port, self.words, self.folder = free_port(), words, folder
        self.start()

    def start(self) -> None:
        words = [word.format(port=self.port) for word in self.words]
        variables = {**os.environ, "CASESTUDIES_RUNS": str(self.folder / "runs"), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            words,
            cwd=self.folder,
            env=variables,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while not is_up(self.port):
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        os.killpg(self.process.pid, how)  # its own session: the server and what started it, and no worker
        self.process.wait()


APP = [sys.executable, "-m", "casestudies", "app", "--no-browser", "--port", "{port}"]
STREAMLIT = [sys.executable, "-m", "streamlit", "run"]
LAUNCHER = [*STREAMLIT, str(ROOT / "apps" / "credit.py"), "--server.port={port}"]


@pytest.fixture(scope="module")
def server(tmp_path_factory, small_run):
    """`casestudies app` with finished runs of three studies."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in (small_run.id, OLDER):
        shutil.copytree(small_run.path, folder / "runs" / "credit" / name)
    settings = ["demo.rows=1500", "model.candidates=[popularity, implicit]", "analyse=[]", "report.formats=[]"]
    lists = casestudies.run("recommendation", overrides=settings, runs=folder / "runs", variables={})
    lists.path.rename(lists.path.with_name(LISTS))
    films = casestudies.run("imaging", overrides=FEW_FILMS, runs=folder / "runs", variables={})
    films.path.rename(films.path.with_name(FILMS))
    server = Server(APP, folder)
    yield server
    for run in RunStore(folder / "runs").running():
        run.cancel()
    server.stop()


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, server):
    """Opens an address in a new browser context; no page may ask a foreign host for anything, nor fail in a script."""
    contexts, asked, failed = [], set(), []

    def open_page(address: str, **options):
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: failed.append(str(error)))
        go(page, address)
        return page

    def go(page, address: str):
        page.goto(f"http://127.0.0.1:{server.port}/{address}")
        settled(page)

    open_page.go = go
    yield open_page
    for context in contexts:
        context.close()
    assert asked - {""} == {f"127.0.0.1:{server.port}"}
    assert failed == []


def settled(page) -> None:
    """Wait until the page is there and the server is done with it."""
    page.locator("h1").first.wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')")
    page.wait_for_timeout(300)


def where(page) -> str:
    """The address of a page that shows a run, as somebody would copy it."""
    page.wait_for_function("() => /run=/.test(location.search)")
    return page.evaluate("() => location.pathname.slice(1) + location.search")


def slider(page):
    return page.get_by_role("slider").first


def test_the_demo_from_the_start_to_the_results(visit):
    """Progress lives through a reload and a second browser, and the end leads to the results."""
    page = visit(f"train?study=credit&settings={quote(json.dumps(SMALL))}")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Cancel").wait_for()
    address = where(page)
    page.reload()
    page.get_by_role("button", name="Cancel").wait_for()
    other = visit(address)
    other.get_by_text("At work for").wait_for()
    page.get_by_role("link", name="Open results").click()
    page.get_by_text("Cost per application", exact=True).wait_for()
    assert page.locator("h1").all_inner_texts() == ["Results"]
    other.get_by_role("link", name="Open results").wait_for()


def test_a_cancelled_run_says_so_at_once(visit, server):
    page = visit(f"train?study=credit&settings={quote(json.dumps(SMALL))}")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()
    run = RunStore(server.folder / "runs").get(re.search(r"run=([^&]+)", where(page))[1])
    assert str(run.state) == "cancelled"


def test_a_job_goes_on_while_the_server_is_dead(visit, server):
    page = visit("train?study=credit")  # the whole demo: long enough to be found at work
    page.get_by_role("button", name="Start").click()
    page.get_by_text("At work for").wait_for()
    address = where(page)
    run = RunStore(server.folder / "runs").get(re.search(r"run=([^&]+)", address)[1])
    server.stop(signal.SIGKILL)
    before = len(run.events())
    end = time.monotonic() + 30
    while len(run.events()) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert len(run.events()) > before
    server.start()
    again = visit(address)
    again.get_by_text(re.compile("At work for|Done.")).first.wait_for()
    if run.state.active:
        again.get_by_role("button", name="Cancel").click()
        again.get_by_text("Cancelled.").wait_for()


def test_a_job_whose_worker_is_killed_is_told_as_lost_and_another_can_be_started(visit, server):
    page = visit("train?study=credit")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("At work for").wait_for()
    address = where(page)
    run = RunStore(server.folder / "runs").get(re.search(r"run=([^&]+)", address)[1])
    os.kill(json.loads((run.path / "process.json").read_text())["pid"], signal.SIGKILL)
    page.get_by_text("is gone and left no word").wait_for(timeout=15_000)  # without a reload, within 15 seconds
    assert str(run.state) == "lost"
    page.reload()
    page.get_by_text("is gone and left no word").wait_for()
    page.get_by_role("link", name="Start another run").click()
    page.get_by_role("button", name="Start").wait_for()


def test_whoever_walks_by_keyboard_sees_where_they_are(visit):
    """Every stop of Tab on the list of runs: links and buttons have an outline, and the walk goes down the page."""
    page = visit("runs")
    page.get_by_role("link", name="Open").first.wait_for()
    settled(page)
    stops = []
    for _ in range(45):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => { const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
                return [at.tagName, at.innerText, box.x, box.y, style.outlineStyle, parseFloat(style.outlineWidth)]; }"""
            )
        )
        if stops[-1][0] == "BODY":
            break
    walked = [stop for stop in stops if stop[0] in ("A", "BUTTON", "SUMMARY")]
    assert {"Open", "Home", "Runs"} <= {stop[1].strip() for stop in walked}
    assert [stop for stop in walked if stop[4] == "none" or stop[5] < 2] == []
    heights = [stop[3] for stop in walked if stop[1].strip() == "Open"]
    assert heights == sorted(heights)


def test_the_address_of_the_lab_keeps_its_sliders_through_a_reload(visit):
    pytest.importorskip("torch")
    from casestudies.lab import badstart, sections

    page = visit("lab-losses?loss-far=3.0&loss-steps=40")
    page.get_by_text("The first gradient of cross-entropy").wait_for()
    slider(page).focus()
    slider(page).press("ArrowRight")
    page.wait_for_function("() => location.search.includes('loss-far=3.5')")
    said = sections.badstart.start_told(badstart.from_bad(far=3.5, steps=40))
    page.get_by_text(said).wait_for()
    page.reload()
    settled(page)
    page.get_by_text(said).wait_for()
    assert slider(page).input_value() == "3.5"


def test_a_link_is_copied_with_all_that_the_page_shows(visit):
    page = visit("groups?group-cut=0.3")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    slider(page).focus()
    slider(page).press("ArrowRight")
    page.wait_for_function("() => location.search.includes('group-cut=0.305')")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.url
    assert "group-cut=0.305" in copied
    assert "run=" in copied


def test_runs_are_chosen_and_compared(visit, small_run):
    page = visit(f"compare?runs={OLDER},{small_run.id}")
    page.get_by_text("the differences are paired").first.wait_for()
    page.get_by_text("How to read figure 4, and the table behind it").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download HTML").click()
    assert b"Runs compared" in Path(download.value.path()).read_bytes()
    page.get_by_role("link", name="Results of A").click()
    page.wait_for_function(f"() => location.search.includes('{OLDER}')")


def test_the_cut_lives_in_the_address(visit, small_run):
    page = visit("results?cut=0.3")
    assert slider(page).input_value() == "0.3"
    slider(page).focus()
    slider(page).press("ArrowRight")
    page.wait_for_function("() => location.search.includes('cut=0.305')")
    page.reload()
    settled(page)
    assert slider(page).input_value() == "0.305"
    page.get_by_role("link", name="Report with the cut 0.305").click()
    page.get_by_text("With your cut of 0.305").wait_for()
    inner = page.frame_locator("iframe").frame_locator("iframe")
    inner.get_by_text("The reader chose the cut 0.305").first.wait_for()


def test_feedback_changes_a_list_at_once_and_the_address_brings_it_back(visit):
    def titles(page):
        return page.locator("[class*=st-key-place-] strong").all_inner_texts()

    page = visit(f"explain?run={LISTS}&why=One+customer")
    before = titles(page)
    assert len(before) == 10
    take = page.get_by_role("button", name="Taken").first
    take.focus()
    take.press("Enter")
    page.wait_for_function("() => location.search.includes('given=')")
    page.get_by_text(re.compile("^Since ")).wait_for()
    settled(page)
    after, address = titles(page), where(page)
    assert before[0].split(" · ")[1] not in [title.split(" · ")[1] for title in after]
    page.reload()
    settled(page)
    assert titles(page) == after
    assert titles(visit(address)) == after
    page.go_back()
    page.get_by_text(re.compile("^Since ")).wait_for(state="detached")
    settled(page)
    assert titles(page) == before


def test_a_file_goes_from_the_upload_to_the_form(visit):
    page = visit("data?study=credit")
    page.get_by_text("My own file").click()
    frame = demo(400, 0).frame.rename(columns={"housing": "**housing** <img src=http://evil.example/x>"})
    page.locator("input[type=file]").set_input_files(
        {"name": "loans.csv", "mimeType": "text/csv", "buffer": demo_csv(frame)}
    )
    page.get_by_text("loans.csv is here").wait_for()
    page.get_by_text("yes", exact=True).click()
    page.get_by_text(re.compile("^0 errors")).wait_for()
    said = page.locator("[data-testid=stAlert]").last.text_content().replace("\u2060", "")
    assert "**housing** <img src=http://evil.example/x>" in said
    page.get_by_role("button", name="Use this data").click()
    page.get_by_text("Data: loans.csv").wait_for()
    page.reload()
    page.get_by_text("Data: loans.csv").wait_for()


def test_new_images_are_looked_at_and_the_address_brings_them_back(visit):
    def shown(page):
        return page.locator("[data-testid=stImage] img").evaluate_all("all => all.map(one => one.src)")

    page = visit(PAGES["images"])
    files = [
        {"name": name, "mimeType": "image/png", "buffer": content}
        for name, content in demo_images(4, 0).items()
        if not name.startswith("masks")
    ]
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("A demonstration, not a device.").wait_for()
    settled(page)
    before = shown(page)
    assert len(before) >= 4  # the film, and three maps over it; the report's cases below
    slider(page).focus()
    slider(page).press("Home")  # no overlay at all
    page.wait_for_function(
        "([old]) => !document.querySelectorAll('[data-testid=stImage] img')[1].src.endsWith(old)", arg=[before[1]]
    )
    page.get_by_label("Look at").last.click()
    page.get_by_role("option").nth(1).click()
    page.get_by_role("heading", name=files[1]["name"]).wait_for()
    page.wait_for_function("() => /image=/.test(location.search)")
    address = where(page)
    page.reload()
    page.get_by_role("heading", name=files[1]["name"]).wait_for()
    visit(address).get_by_role("heading", name=files[1]["name"]).wait_for()


def test_the_report_cannot_reach_out_of_its_frame(visit):
    page = visit("report")
    page.frame_locator("iframe").frame_locator("iframe").locator("h1").wait_for()
    inner = page.frames[-1]
    assert (
        inner.evaluate("() => { try { return parent.document.title } catch (error) { return error.name } }")
        == "SecurityError"
    )


@pytest.mark.parametrize(
    ("scheme", "width", "names"),
    [
        ("light", 390, tuple(PAGES)),
        ("dark", 1400, tuple(PAGES)),
    ],
)
def test_every_page_is_accessible_and_fits_its_screen(visit, scheme, width, names):
    """No serious finding of axe in our own content. Streamlit's navigation fails `list` and `listitem` by itself."""
    axe_module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    page = visit("", color_scheme=scheme, viewport={"width": width, "height": 900})
    found = []
    for name in names:
        visit.go(page, PAGES[name])
        wider = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")
        assert wider <= 0, name
        assert page.locator("h1").count() == 1, name
        result = axe_module.Axe().run(page)
        for violation in result.response["violations"]:
            nodes = [node for node in violation["nodes"] if not _frameworks(page, violation["id"], node)]
            if violation["impact"] in ("serious", "critical") and nodes:
                found.append(f"{name}: {violation['id']}: {nodes[0]['html'][:200]}")
    assert found == []


@pytest.mark.parametrize("study", ["credit", "recommendation", "imaging"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1400)])
def test_the_report_of_a_study_is_accessible_small_and_by_itself(browser, server, tmp_path, study, scheme, width):
    """Of whole reports, what tests/report checks of each block: one file, no host, no sideways scroll, axe."""
    axe_module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    run = next(run for run in RunStore(server.folder / "runs").all(study) if run.state == State.DONE)  # others end some
    file = tmp_path / "report.html"
    file.write_bytes(render(build_report(run, get_study(study)), ["html"])["html"])
    assert file.stat().st_size < 2 * 2**20
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        page, asked, failed = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        page.wait_for_function(
            "() => document.querySelectorAll('.plot svg').length === document.querySelectorAll('.plot').length",
            timeout=PATIENCE,
        )
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert failed == []
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        found = axe_module.Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    finally:
        context.close()


def test_hostile_text_is_printed_as_typed(browser, tmp_path):
    page_of_texts = Path(__file__).with_name("hostile.py")
    texts = ast.literal_eval(page_of_texts.read_text().split("TEXTS = ")[1].split("\n\nfor ")[0])
    options = ["--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    server = Server([*STREAMLIT, str(page_of_texts), *options, "--browser.gatherUsageStats=false"], tmp_path)
    try:
        page, asked = browser.new_page(), set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.locator(f".st-key-text-{len(texts) - 1} [data-testid=stText]").wait_for(timeout=PATIENCE)
        page.wait_for_timeout(500)
        for number, text in enumerate(texts):
            box = page.locator(f".st-key-text-{number}")
            for place in PLACES:
                said = box.locator(place).first.text_content().replace("\u2060", "")
                assert said.strip().endswith(visible(text).strip()), (place, text)
            assert box.locator(MARKUP).count() == 0, text
        assert asked <= {"127.0.0.1", None}
    finally:
        page.close()
        server.stop()


def _frameworks(page, rule: str, node: dict) -> bool:
    """Whether a finding is about the list that Streamlit draws its navigation with."""
    inside = "selector => document.querySelector(selector)?.closest('[data-testid=stSidebarNav]') != null"
    return rule in ("list", "listitem") and bool(page.evaluate(inside, node["target"][0]))


@pytest.mark.parametrize("words", [APP, LAUNCHER], ids=["casestudies app", "streamlit run"])
def test_both_doors_open_on_this_computer_alone_and_check_the_host(words, tmp_path):
    server = Server(words, tmp_path)
    try:
        own, foreign = f"localhost:{server.port}", "evil.example"
        assert answer(server.port, own, f"http://{own}") == 101
        assert answer(server.port, f"127.0.0.1:{server.port}", f"http://127.0.0.1:{server.port}") == 101
        assert answer(server.port, foreign, f"http://{foreign}") == 403
        assert answer(server.port, f"{foreign}:{server.port}", f"http://{own}") == 403
        assert answer(server.port, own, f"http://{foreign}") == 403
        assert _listening(server.port) == {"127.0.0.1"}
    finally:
        server.stop()


def _listening(port: int) -> set[str]:
    """The addresses on which somebody listens on a port, from the kernel's tables."""
    out = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, number = local.split(":")
            if state == "0A" and int(number, 16) == port:
                raw = bytes.fromhex(address)
                words = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
                out.add(socket.inet_ntop(family, words))
    return out
