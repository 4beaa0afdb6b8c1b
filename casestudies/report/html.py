"""A report as one HTML file: interactive charts, no network, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from casestudies.report.blocks import Figure, Metric, Report, Section, numbered, split_cover
from casestudies.report.html_blocks import block_element, cards, chart_id
from casestudies.report.markup import Markup, data_script, element, raw
from casestudies.report.text import everywhere, visible
from casestudies.report.theme import CONFIG


def to_html(report: Report) -> str:
    """`report` as one file that opens without a network, in light and dark, on paper and without scripts.

    Charts are drawn by the Vega library inside the file, which interprets its expressions: the page's policy allows
    this file's own scripts and style by their hashes and nothing else, so not even a hole in the escaping could run anything.
    Without scripts, each chart's text and the table behind it stand in its place. The same report gives the same bytes.
    """
    cover, report = split_cover(numbered(report))
    figures = [block for block in report.blocks() if isinstance(block, Figure)]
    scripts = [_file("page.js"), _library(), _file("charts.js")] if figures else [_file("page.js")]
    style = _file("page.css")
    data = [data_script("theme", CONFIG)] if figures else []
    data += [data_script(chart_id(figure), _slim(figure)) for figure in figures]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts, style)),
        element("title", report.title),
        element("style", raw(style)),
    )
    sections = (_section(section, report.invented.mark if report.synthetic else "") for section in report.sections)
    body = element(
        "body",
        element("a", "Skip to the report", href="#main", class_="skip"),
        _cover(report, cover),
        element("div", _contents(report), element("main", *sections, id="main", tabindex="-1"), class_="frame"),
        element("footer", element("p", f"Made with casestudies {report.version}. Result {report.result_id}.")),
        *data,
        *(element("script", raw(script)) for script in scripts),
    )
    return f"<!doctype html>\n{element('html', head, body, lang=report.lang)}\n"


def _cover(report: Report, headline: tuple[Metric, ...]) -> Markup:
    parts = [element("p", report.invented.banner, class_="banner")] if report.synthetic else []
    inner = []
    if report.logo:
        inner.append(
            element(
                "img",
                src="data:image/png;base64," + base64.b64encode(report.logo).decode(),
                alt=report.author or "Logo",
            )
        )
    if report.author:
        inner.append(element("p", report.author, class_="from"))
    inner.append(element("h1", report.title))
    inner.append(element("p", report.subtitle, class_="subtitle"))
    facts = {"Result": report.result_id, "Version": report.version}
    if report.date:
        facts["Date"] = report.date.isoformat()
    told = (element("span", f"{name} ", element("b", value)) for name, value in facts.items())
    inner.append(element("div", *told, class_="facts"))
    if headline:
        inner.append(cards(headline))
    return element("header", *parts, element("div", element("div", *inner), class_="cover"))


def _contents(report: Report) -> Markup:
    entries = (
        element(
            "li",
            element(
                "a", element("span", section.label, class_="no"), element("span", section.title), href=f"#{section.key}"
            ),
        )
        for section in report.sections
    )
    return element("nav", element("p", "Contents"), element("ol", *entries), aria_label="Contents")


def _section(section: Section, mark: str) -> Markup:
    number = element("span", section.label, class_="no")
    title = element("h2", number, section.title, id=f"{section.key}-title")
    blocks = (block_element(block, mark) for block in section.blocks)
    return element("section", title, *blocks, id=section.key, aria_labelledby=f"{section.key}-title")


def _slim(figure: Figure) -> dict[str, object]:
    """The chart without our theme, which stands in the page once."""
    return everywhere(visible, {k: v for k, v in figure.spec.items() if not (k == "config" and v == CONFIG)})


def _policy(scripts: list[str], style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {_hash(style)}",  # no style attribute either: Vega sets properties, which needs no leave
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _file(name: str) -> str:
    return files("casestudies.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _library() -> str:
    """Vega, Vega-Lite, Vega-Embed and the expression interpreter: 0.9 MB, once for any number of charts."""
    import vl_convert

    return (
        vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        .replace("</script", "<\\/script")
        .replace("<!--", "<\\!--")
    )
