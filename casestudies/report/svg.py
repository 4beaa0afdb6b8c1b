"""One chart as SVG, without a browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import count
from typing import Any

from casestudies.report.text import everywhere, font_folder, visible

INK = "#1f2730"  # what `currentColor` means where no page says it
_LINE = 20  # of a mark below the chart
_HEIGHT = re.compile(r' height="([\d.]+)"')
SQUEEZE = 0.84  # of a chart's height on the screen: three line charts then fit one page of paper


def to_svg(spec: Mapping[str, Any], mark: str = "") -> str:
    """`spec` drawn as SVG for paper, a little lower than on the screen, with real text in DejaVu Sans.

    The same bytes each time, and no address is asked.

    mark: what made-up data are called, on a line of its own below a picture that leaves its report; "" = none.

    vl-convert counts its clip paths through the life of the process, so they are numbered again here.
    """
    drawn = _drawn(json.dumps(everywhere(_drawable, _still(spec)), sort_keys=True))
    numbers = count()
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        old = match.group()
        return names.setdefault(old, f"{match.group(1)}_{next(numbers)}")

    drawn = re.sub(r"<[^<>]+>", lambda tag: re.sub(r"\b(clip|gradient_)\d+\b", rename, tag.group()), drawn)
    alt = html.escape(visible(f"{spec.get('description', '')} {f'({mark})' if mark else ''}".strip()))
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label="{alt}" color="{INK}" ', 1)
    return _marked(drawn, visible(mark)) if mark else drawn


def to_png(svg: str) -> bytes:
    """A drawing of `to_svg` as a picture, three pixels to its pixel; the same bytes each time."""
    import vl_convert

    _register_font()
    return bytes(vl_convert.svg_to_png(svg, scale=3))


def spelt(spec: Mapping[str, Any]) -> str:
    """`spec` in one spelling: what a drawing is found by."""
    return json.dumps(spec, sort_keys=True)


def unmarked(svg: str, spec: Mapping[str, Any], mark: str) -> str | None:
    """What `to_svg(spec)` draws, from what `to_svg(spec, mark)` drew; None where this is no such drawing."""
    if not mark:
        return svg
    try:
        height, mark = float(_HEIGHT.findall(svg)[0]) - _LINE, visible(mark)
        line = svg.rindex("<text ")
        plain = re.sub(r'(viewBox="0 0 [\d.]+ )[\d.]+"', rf'\g<1>{height:g}"', svg[:line] + "</svg>", count=1)
        plain = _HEIGHT.sub(f' height="{height:g}"', plain, count=2)
        if _marked(plain, mark) != svg:
            return None
    except (ValueError, IndexError):
        return None
    alt = html.escape(visible(str(spec.get("description", ""))))
    return re.sub(r'aria-label="[^"]*"', lambda _: f'aria-label="{alt}"', plain, count=1)


def _marked(svg: str, mark: str) -> str:
    """Lower by a line that holds the mark; the sheet behind the chart grows with it."""
    height = float(_HEIGHT.findall(svg)[0])
    taller = re.sub(r'(viewBox="0 0 [\d.]+ )[\d.]+"', rf'\g<1>{height + _LINE:g}"', svg, count=1)
    taller = _HEIGHT.sub(f' height="{height + _LINE:g}"', taller, count=2)  # of the picture, then of its sheet
    text = f'<text x="6" y="{height + 0.6 * _LINE:g}" font-family="DejaVu Sans" font-size="11" fill="{INK}">{html.escape(mark)}</text>'
    return taller.removesuffix("</svg>") + text + "</svg>"


def _still(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` at its height on paper, without the layers that are there only to be hovered over."""
    still = dict(spec)
    if isinstance(still.get("height"), int):
        still["height"] = round(SQUEEZE * still["height"])
    if "layer" in still:
        still["layer"] = [layer for layer in still["layer"] if not _unseen(layer.get("mark"))]
    return still


def _unseen(mark: object) -> bool:
    return isinstance(mark, Mapping) and mark.get("opacity") == 0


def _drawable(text: str) -> str:
    """`visible` text, characters beyond the basic plane as code points.

    Vega cuts a long label between UTF-16 units; half an emoji makes vl-convert 1.9 fail ("unexpected end of hex escape").
    """
    return re.sub(r"[\U00010000-\U0010ffff]", lambda match: f"[U+{ord(match.group()):04X}]", visible(text))


@lru_cache(maxsize=64)
def _drawn(spec: str) -> str:
    """A run draws each chart twice, into figures/ and into the PDF, at 0.1 to 0.2 s each."""
    import vl_convert

    _register_font()
    return vl_convert.vegalite_to_svg(json.loads(spec), allowed_base_urls=[])


@cache
def _register_font() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
