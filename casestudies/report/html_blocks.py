"""Each block of a report as HTML elements."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from casestudies.report.blocks import NOTE_TITLES, Block, Code, Figure, Heading, Metric, Metrics, Note, Table, Text
from casestudies.report.gallery import MADE_UP, OPACITY, Gallery, Picture, pictures_of, said
from casestudies.report.markup import Markup, element, join
from casestudies.report.text import visible

TALL = 40  # rows from which a table scrolls in a window of its own
LONG = 40  # characters from which a cell keeps a width that can be read on a phone

_ACCENTS, _SIGNS = r"[\u0300-\u036f\ufe00-\ufe0f]*", r"_./=:,;|\-"
_PIECES = re.compile(rf"(?:[^{_SIGNS}]{_ACCENTS}){{1,14}}[{_SIGNS}]*{_ACCENTS}|[{_SIGNS}]+{_ACCENTS}")


def block_element(block: Block, mark: str = "") -> Markup:
    """`block` as one element; the caption of a figure ends with the mark of made-up data, where there is one."""
    match block:
        case Heading():
            return element(f"h{block.level + 2}", block.text)
        case Text():
            return element("p", block.text)
        case Note():
            title = element("p", NOTE_TITLES[block.kind], class_="kind")
            return element("div", title, element("p", block.text), class_=f"note {block.kind}", role="note")
        case Metrics():
            return cards(block.items)
        case Table():
            return _table(block)
        case Figure():
            return _figure(block, mark)
        case Picture() | Gallery():
            return _gallery(block)
        case Code():
            lines = (part for line in block.lines() for part in (line, Markup("\n")))
            return element("pre", *lines, tabindex="0")


def cards(items: Iterable[Metric]) -> Markup:
    """Figures side by side, each a card."""

    def card(metric: Metric) -> Markup:
        parts = {"label": metric.label, "value": metric.value, "interval": metric.interval, "comment": metric.comment}
        return element("li", *(element("div", text, class_=name) for name, text in parts.items() if text))

    return element("ul", *map(card, items), class_="cards")


def chart_id(figure: Figure) -> str:
    """Where the page keeps the figure's spec: "figure-3-spec"."""
    return _id(figure) + "-spec"


def _figure(figure: Figure, mark: str) -> Markup:
    alt = figure.alt
    plot = element(
        "div", element("p", alt, class_="alt"), class_="plot", role="img", aria_label=alt, data_chart=chart_id(figure)
    )
    caption = [element("b", f"{figure.label}. "), figure.caption]
    if mark:
        caption.append(element("span", f" ({mark})", class_="made-up"))
    parts = [plot, element("figcaption", *caption)]
    if figure.reading:
        summary = element("summary", "How to read this chart")
        parts.append(element("details", summary, element("p", figure.reading), class_="reading"))
    if figure.table:
        summary = element("summary", "Table behind this chart")
        parts.append(element("details", summary, _table(figure.table), class_="behind", open=True))
    return element("figure", *parts, id=_id(figure))


def _gallery(block: Picture | Gallery) -> Markup:
    """The pictures in a list, and a slider for their overlays, which stays hidden where no script can move it."""
    pictures = pictures_of(block)
    columns = block.columns if isinstance(block, Gallery) else 1
    parts = [element("ul", *(_picture(picture, block) for picture in pictures), class_=f"pictures columns-{columns}")]
    if any(picture.overlay for picture in pictures):
        strength = {"type": "range", "min": "0", "max": "100", "value": f"{100 * OPACITY:.0f}"}
        told = element("label", "How strongly the overlay shows ", element("input", **strength))
        parts.append(element("div", told, class_="opacity", hidden=True))
    parts.append(element("figcaption", element("b", f"{block.label}. "), block.caption))
    return element("figure", *parts, id=_id(block))


def _picture(picture: Picture, block: Picture | Gallery) -> Markup:
    layers = [element("img", src=_data(picture.png), alt=said(picture, block.label))]
    if picture.overlay:
        layers.append(element("img", src=_data(picture.overlay), alt="", class_="over"))
    parts = [element("div", *layers, class_="film")]
    if picture is not block and picture.caption:
        parts.append(element("div", picture.caption))
    if picture.synthetic:
        parts.append(element("div", MADE_UP, class_="made-up"))
    return element("li", *parts)


def _data(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _table(table: Table) -> Markup:
    heads = (
        element("th", _parted(head), scope="col", class_=_side(n))
        for head, n in zip(table.head, table.numeric, strict=True)
    )
    rows = (element("tr", *_cells(row, table.numeric), class_="over" if _heads(row) else False) for row in table.rows)
    title = element("caption", element("span", element("b", f"{table.label}. "), table.caption))
    whole = element("table", title, element("thead", element("tr", *heads)), element("tbody", *rows))
    name = f"{table.label}. {table.caption}"
    kind = "scroll tall" if len(table.rows) > TALL else "scroll"
    return element("div", whole, class_=kind, role="region", aria_label=name, tabindex="0")


def _heads(row: tuple[str, ...]) -> bool:
    """Whether a row is nothing but its first cell: a heading over the rows below it."""
    return len(row) > 2 and bool(row[0].strip()) and not any(cell.strip() for cell in row[1:])


def _cells(row: Iterable[str], numeric: Iterable[bool]) -> Iterable[Markup]:
    """The first cell names the row, unless it is a figure itself or says nothing."""
    for place, (cell, n) in enumerate(zip(row, numeric, strict=True)):
        if place == 0 and cell.strip() and not n:
            yield element("th", _parted(cell), scope="row")
        else:
            yield element("td", _parted(cell), class_=_side(n) or ("long" if len(cell) > LONG else False))


def _parted(text: str) -> Markup:
    """`text` with places to break in a word of more than 20 characters: after a sign that parts it, else after 14.

    Never before an accent. With it a column is as narrow as its words allow, and no wider than a page; what a reader
    copies has no trace of it.
    """
    words = re.split(r"(\S{21,})", visible(text))
    for place in range(1, len(words), 2):
        words[place] = join(*(piece for part in _PIECES.findall(words[place]) for piece in (part, element("wbr"))))
    return join(*words)


def _side(numeric: bool) -> str | bool:
    return "n" if numeric else False


def _id(figure: Figure | Picture | Gallery) -> str:
    return figure.label.lower().replace(" ", "-")
