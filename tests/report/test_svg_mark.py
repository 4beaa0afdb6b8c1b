"""A picture of made-up data says so wherever it is taken."""

import xml.etree.ElementTree as ElementTree
from typing import Any

from casestudies.report import to_svg, unmarked

SPEC: dict[str, Any] = {
    "description": "One point",
    "width": 200,
    "height": 100,
    "data": {"values": [{"a": 1, "b": 2}]},
    "mark": "point",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}
SPACE = "{http://www.w3.org/2000/svg}"


def size(root: ElementTree.Element) -> tuple[float, float]:
    return float(root.attrib["width"]), float(root.attrib["height"])


def test_the_mark_stands_below_the_chart_on_a_sheet_that_holds_both() -> None:
    plain, marked = (ElementTree.fromstring(to_svg(SPEC, mark)) for mark in ("", "SYNTHETIC <no patient>"))
    (text,) = [one for one in marked.findall(f"{SPACE}text") if one.text == "SYNTHETIC <no patient>"]
    (wide, high), (same, higher) = size(plain), size(marked)
    assert same == wide
    assert high < float(text.attrib["y"]) < higher
    assert marked.attrib["viewBox"] == f"0 0 {wide:g} {higher:g}"
    sheet = marked.find(f"{SPACE}rect")
    assert sheet is not None
    assert size(sheet) == (wide, higher)
    assert marked.attrib["aria-label"] == "One point (SYNTHETIC <no patient>)"


def test_without_a_mark_nothing_is_added() -> None:
    assert "SYNTHETIC" not in to_svg(SPEC)
    assert ElementTree.fromstring(to_svg(SPEC)).attrib["aria-label"] == "One point"


def test_a_marked_drawing_gives_the_plain_one_back_and_nothing_else_does() -> None:
    for mark in ("SYNTHETIC <no patient>", "made & up"):
        assert unmarked(to_svg(SPEC, mark), SPEC, mark) == to_svg(SPEC)
    assert unmarked(to_svg(SPEC), SPEC, "") == to_svg(SPEC)
    for other in (to_svg(SPEC), to_svg(SPEC, "another"), "<svg></svg>", ""):
        assert unmarked(other, SPEC, "SYNTHETIC") is None
