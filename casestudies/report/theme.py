"""One look for every chart: colours that hold on white and on near-black, told apart by dash and shape as well.

Text and axes are drawn in `currentColor`, the colour of the page around them, so one spec is read in light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FONT = "DejaVu Sans, Verdana, sans-serif"

# After Okabe & Ito 2008, "Color Universal Design"; their yellow, sky blue, orange and pink are replaced, since a mark
# needs a contrast of 3 to 1 (WCAG 1.4.11) on both backgrounds, which leaves luminances from 0.13 to 0.28.
BLUE, VERMILLION, GREEN, AMBER, PINK, GREY = "#0072B2", "#D55E00", "#009E73", "#B07D00", "#B8608F", "#7C8591"
PALETTE = (BLUE, VERMILLION, GREEN, AMBER, PINK, GREY)
DASHES = ((1, 0), (6, 3), (2, 2), (9, 3, 2, 3), (12, 4), (4, 2, 1, 2))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
LOW, HIGH = "#2166C4", "#DB8A00"  # ends of the scale "low value to high value", told apart in grey too
INK = "currentColor"

_AXIS: Mapping[str, Any] = {
    "aria": False,
    "labelColor": INK,
    "labelOpacity": 0.85,
    "labelFontSize": 11.5,
    "labelLimit": 190,
    "labelPadding": 6,
    "titleColor": INK,
    "titleFontSize": 11.5,
    "titleFontWeight": "normal",
    "titleOpacity": 0.85,
    "titlePadding": 10,
    "gridColor": INK,
    "gridOpacity": 0.1,
    "domainColor": INK,
    "domainOpacity": 0.35,
    "tickColor": INK,
    "tickOpacity": 0.35,
    "tickSize": 4,
}
CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "padding": {"left": 4, "top": 4, "right": 14, "bottom": 4},  # half a tick label may stand out on the right
    "view": {"stroke": "transparent"},
    # one text describes the whole chart; a thousand marks read out one by one help nobody
    "mark": {"aria": False},
    "axis": _AXIS,
    "axisX": {"tickCount": 6, "labelFlush": False},
    "axisY": {"tickCount": 6},
    "legend": {
        "aria": False,
        "orient": "top",
        "columns": 3,
        "labelColor": INK,
        "labelFontSize": 11.5,
        "labelLimit": 170,
        "symbolSize": 110,
        "columnPadding": 18,
        "title": None,
        "offset": 8,
    },
    "line": {"strokeWidth": 2.2},
    "rule": {"strokeWidth": 1.4},
    "text": {"color": INK, "fontSize": 11.5},
}
