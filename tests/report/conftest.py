"""Reports to draw: a hostile one that puts a string everywhere, and one with every chart."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from casestudies.report import (
    Code,
    Figure,
    Heading,
    Metric,
    Metrics,
    Note,
    Report,
    Section,
    Table,
    Text,
    charts,
    to_html,
    to_pdf,
)

HOSTILE = [
    "<script>document.title='pwned'</script>",
    "</script><script>document.title='pwned'</script>",
    "</style></title><script>alert(1)</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "\"><svg onload=document.title='pwned'>",
    "' onmouseover='document.title=1' x='",
    '" autofocus onfocus="document.title=1" x="',
    "<!-- comment",
    "--> <b>bold</b>",
    "]]> <![CDATA[ x",
    "&lt;b&gt; &amp; &#x41; &nbsp;",
    "<a href='javascript:alert(1)'>x</a>",
    "url(javascript:alert(1))",
    "}</style><style>body{display:none}",
    "*{background:url(//198.51.100.7/x)}",
    "<iframe src=//198.51.100.7/></iframe>",
    "<meta http-equiv=refresh content=0;url=//198.51.100.7>",
    "<base href=//198.51.100.7>",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    '#panic("x")',
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.4": *',
    "$x_1$ *b* _i_ `c` @ref <lab> // c /* d",
    "= heading\\ - item + item / term: x",
    "\\u{0} \\ \" #[ ] { } ~ -- ... 'q'",
    "datum['x'] + datum.y",
    '{"signal": "alert(1)"}',
    "__proto__ constructor[0].x['y'] a.b",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3+cmd",
    "\u202egnp.exe\u202c",
    "a\u2066b\u2069 \u200bc\u200d\u00ad \ufeff",
    "nul\x00 bell\x07 esc\x1b[31m del\x7f c1\x85",
    "line\nbreak\ttab\r\nend",
    "lone \ud800 and \udfff",
    "paragraph\u2029 line\u2028 private\ue000 none\uffff",
    "é 漢字 🙂 👨‍👩‍👧 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A",
    "عربى عברית",
    "x" * 300,
    "../../etc/passwd C:\\Windows %2e%2e%2f",
    "NaN null undefined None true -0 1e999",
    "",
    " ",
]


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    return HOSTILE


@pytest.fixture(scope="session")
def png() -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (40, 20), (11, 79, 138)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="session")
def report_of() -> Callable[..., Report]:
    """A report in which every text of every block is `text`."""

    def make(text: str, figure: Figure | None = None) -> Report:
        table = Table(text, (text, text), ((text, text), (text, "1.5")), (False, True))
        blocks: list = [
            Metrics(tuple(Metric(text, text, text, text) for _ in range(4))),
            Heading(text),
            Heading(text, 2),
            Text(text),
            *(Note(text, kind) for kind in ("note", "warning", "synthetic", "author")),
            table,
            Code(text),
        ]
        if figure:
            blocks.append(Figure(figure.spec, text, text, table))
        section = Section("first", text, tuple(blocks))
        return Report(text, text, text, text, text, (section, Section("second", text, ())), synthetic=True)

    return make


def every_chart(names: list[str], rows: int = 400) -> dict[str, Figure]:
    """One chart of each kind; `names` (at least 6) become features, models, outcomes, titles and levels."""
    g = np.random.default_rng(0)
    y = (g.random(rows) < 0.3).astype(int)
    p = np.clip(0.3 + 0.2 * y + g.normal(0, 0.15, rows), 0.01, 0.99)
    k = len(names)
    effect, value = g.normal(size=(rows, k)), g.normal(size=(rows, k))
    scores = {names[0]: p, names[1]: g.random(rows)}
    x = np.linspace(0, 1, rows)
    size = np.abs(effect).mean(axis=0)
    strength = np.geomspace(1e-4, 10, 50)
    loss = 0.4 + 0.01 * np.log10(strength) ** 2
    level = np.array([names[i % k] for i in range(rows)], dtype=object)
    return {
        "ranking_curves": charts.ranking_curves(y, scores, caption=names[2]),
        "ranking_curves of one": charts.ranking_curves(y, {names[0]: p}),
        "score_histogram": charts.score_histogram(y, p, outcomes=names[:2], cut=0.4, x_title=names[3]),
        "calibration": charts.calibration(y, scores),
        "profit_curve": charts.profit_curve(
            {names[0]: (x, x * (1 - x)), names[1]: (x, x * (0.7 - x))},
            cut=0.5,
            flat=(0.4, 0.6),
            currency=names[4],
            x_title=names[5],
        ),
        "dot_whisker": charts.dot_whisker(
            names[:8],
            size[:8],
            size[:8] - 0.1,
            size[:8] + 0.1,
            title=names[0],
            chosen=names[1],
            reference=0.8,
            caption="c",
        ),
        "dot_whisker of one, unmarked": charts.dot_whisker(
            names[:1], size[:1], size[:1], size[:1], title="t", caption="c"
        ),
        "money_table": charts.money_table(
            np.array([[90, 10], [5, 20]]),
            np.array([[900.0, -100.0], [-500.0, 0.0]]),
            outcomes=names[:2],
            decisions=names[2:4],
            currency=names[4],
        ),
        "importance": charts.importance(names, size, size * 0.9, size * 1.1, top=60, title=names[0]),
        "beeswarm": charts.beeswarm(names, effect, value, title=names[1]),
        "dependence": charts.dependence(names[0], value[:, 0], effect[:, 0], title=names[1]),
        "dependence on text": charts.dependence(names[2], level, effect[:, 0]),
        "waterfall": charts.waterfall(-1.0, names, effect[0], values=names),
        "case_two_ways": charts.case_two_ways(
            -1.0, names, effect[0], effect[1], effect[1] - 0.1, effect[1] + 0.1, values=names
        ),
        "dependence_beside": charts.dependence_beside(
            (names[0], names[1]), (value[:, 0], value[:, 1]), (effect[:, 0], effect[:, 1]), caption=names[2]
        ),
        "profit_curve, off the line": charts.profit_curve({names[0]: (x, x * (1 - x))}, cut=0.5, saved=0.4),
        "trace": charts.trace({names[0]: (np.arange(rows), 1 / (1.0 + np.arange(rows))), names[1]: (x, x + 1)}),
        "drift": charts.drift(names, np.geomspace(0.002, 3, k), np.full(k, 0.02), caption=names[0]),
        "regularisation_path": charts.regularisation_path(
            dict.fromkeys(names[:2], (strength, loss, loss - 0.01, loss + 0.01)), chosen=0.1
        ),
        "missingness": charts.missingness(names, g.random(k), rows=rows),
    }


@pytest.fixture(scope="session")
def plain_charts() -> dict[str, Figure]:
    return every_chart([f"feature {i}" for i in range(12)])


@pytest.fixture(scope="session")
def hostile_charts() -> dict[str, Figure]:
    return every_chart(HOSTILE)


@pytest.fixture(scope="session")
def chart_report(hostile_charts: dict[str, Figure], png: bytes) -> Report:
    """All charts with hostile names, and a table of all hostile strings."""
    table = Table("Cells as they were typed", ("first", "second"), tuple((text, text) for text in HOSTILE))
    metrics = Metrics(tuple(Metric(f"metric {i}", "0.781", "0.768 to 0.793", "against today") for i in range(3)))
    summary = Section("summary", "Summary", (metrics, Text("In short."), Note("Mind the gap.", "warning"), table))
    pictures = Section("charts", "Charts", (Heading("All of them"), *hostile_charts.values()))
    end = Section("reproduce", "Reproduce", (Code("casestudies run credit --seed 0\n# end"),))
    return Report(
        "A title", "A subtitle", "3f9a1c77", "Risk", "1.0.0", (summary, pictures, end), logo=png, synthetic=True
    )


@pytest.fixture(scope="session")
def chart_pdf(chart_report: Report) -> bytes:
    return to_pdf(chart_report)


@pytest.fixture(scope="session")
def chart_html(chart_report: Report) -> str:
    return to_html(chart_report)


@pytest.fixture(scope="session")
def many_rows() -> dict[str, Figure]:
    return every_chart([f"feature {i}" for i in range(60)], rows=20_000)


@pytest.fixture(scope="session")
def make_charts() -> Callable[[list[str]], dict[str, Figure]]:
    return every_chart


@pytest.fixture(autouse=True)
def _held_to_the_schema(monkeypatch):
    """Reports trust their charts to be whole Vega-Lite; here each is checked against its schema as it is made."""
    from altair.vegalite.v6.schema import core

    from casestudies.report.charts import canvas

    def checked(spec, *further):
        core.Root.validate({name: value for name, value in spec.items() if name != "config"})
        return Figure(spec, *further)

    monkeypatch.setattr(canvas, "Figure", checked)
