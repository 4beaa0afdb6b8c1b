"""The card as a workbook with live formulas: type an applicant's values, see points, score, probability and decision.

Sheet "Score" is typed into, "Card" holds the points (change one, and the score follows), "Bins" what the formulas look up.
Every text is written as a text, so none becomes a formula. The same card gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, nearest, one_line, shown
from casestudies.models.scorecard.card import Card, Characteristic
from casestudies.tabular.bins import Bins, PairBins

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Value = float | str | None

_CREATED = datetime(2000, 1, 1)  # a clock's time would make other bytes of the same card
_LONGEST = 32_767  # characters of a cell
_LEAST = -9.99e307  # below any number: the lower end of the first bin
_TOP, _CARD_TOP = 12, 7  # the first row (from 0) of the tables on the sheets Score and Card
_SCORE, _PROBABILITY, _CUT, _DECISION, _ABOVE, _BELOW = range(3, 9)  # rows of the sheet Score


@dataclass(frozen=True)
class _Lookup:
    """Where the sheet Bins holds one set of bins: rows (from 0, the last one excluded) of value bins and of specials."""

    start: int
    values: int
    end: int


def to_xlsx(
    card: Card,
    *,
    cut: float | None = None,
    decisions: tuple[str, str] = ("at or above the cut", "below the cut"),
    example: Mapping[str, Value] | None = None,
) -> bytes:
    """The workbook.

    Parameters
    ----------
    cut: points from which the first of `decisions` is taken; it can be typed over. None leaves its cell empty.
    example: {column: number, level or None for missing} to begin with; a column that is not there is left empty.

    Raises
    ------
    ConfigError: `example` names a column that is not on the card or holds no number where one is wanted, or a level is
        longer than a cell can hold.
    """
    from xlsxwriter import Workbook

    typed = _typed(card, example or {})
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": "Scorecard", "created": _CREATED})
        styles = _styles(book, card.whole)
        score, table, lookups = (book.add_worksheet(name) for name in ("Score", "Card", "Bins"))
        rows = _card_sheet(table, card, styles)
        found = _bins_sheet(lookups, card, styles)
        _score_sheet(score, card, styles, rows, found, typed)
        _head(score, card, styles, cut, decisions, typed)
    return out.getvalue()


def _typed(card: Card, example: Mapping[str, Value]) -> pd.DataFrame:
    """One row of the card's columns as they are typed in."""
    edged = {bins.column: bins.edges is not None for one in card.characteristics for bins in _singles(one)}
    columns = {}
    for name in example:
        if name not in edged:
            raise ConfigError(f"no column is called {shown(name)}", where="example", advice=nearest(name, edged))
    for name, numeric in edged.items():
        value = example.get(name)
        if numeric and not (value is None or isinstance(value, int | float | np.number)):
            raise ConfigError(f"{shown(value)} is not a number", where=f"example, column {name}", advice="write one")
        columns[name] = pd.Series(
            [value if value is None or numeric else str(value)], dtype="float64" if numeric else "str"
        )
    return pd.DataFrame(columns, index=range(1))  # one row, also for a card that no column is left on


def _styles(book: Workbook, whole: bool) -> dict[str, Any]:
    points = "0" if whole else "0.00"
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "input": book.add_format({"bg_color": "#FFF2CC", "border": 1}),
        "points": book.add_format({"num_format": points}),
        "result": book.add_format({"num_format": points, "bold": True}),
        "chance": book.add_format({"num_format": "0.00%", "bold": True}),
        "share": book.add_format({"num_format": "0.0%"}),
        "odds": book.add_format({"num_format": "0.0000"}),
    }


def _card_sheet(sheet: Worksheet, card: Card, styles: dict[str, Any]) -> list[int]:
    """The scaling and the binning table; returns the first row of each characteristic."""
    for row, (name, value) in enumerate(
        [
            ("Base points", card.base),
            ("Points at the odds below", card.scaling.points),
            ("Odds, good for one bad", card.scaling.odds),
            ("Points that double the odds", card.scaling.pdo),
        ]
    ):
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, value)
    head = ("Characteristic", "No.", "Bin", "Rows", "Share of rows", "Event rate", "Log-odds as fitted", "Points")
    for column, name in enumerate(head):
        sheet.write_string(_CARD_TOP - 1, column, name, styles["head"])
    row, starts = _CARD_TOP, []
    for one in card.characteristics:
        starts.append(row)
        for place, label in enumerate(one.bins.labels):
            _write(sheet, row, 0, one.name)
            sheet.write_number(row, 1, place + 1)
            _write(sheet, row, 2, label)
            sheet.write_number(row, 3, one.rows[place])
            sheet.write_number(row, 4, one.rows[place] / one.rows.sum(), styles["share"])
            if one.rows[place] > 0:
                sheet.write_number(row, 5, one.events[place] / one.rows[place], styles["share"])
            sheet.write_number(row, 6, one.margin[place], styles["odds"])
            sheet.write_number(row, 7, one.points[place], styles["points"])
            row += 1
    sheet.freeze_panes(_CARD_TOP, 0)
    sheet.set_column(0, 0, 28)
    sheet.set_column(2, 2, 40)
    return starts


def _bins_sheet(sheet: Worksheet, card: Card, styles: dict[str, Any]) -> dict[Bins, _Lookup]:
    """What falls into which bin: ascending lower ends and special values of numbers, levels of categories."""
    for column, name in enumerate(("Column", "What", "Value", "Bin no.")):
        sheet.write_string(0, column, name, styles["head"])
    row, found = 1, {}
    for bins in dict.fromkeys(bins for one in card.characteristics for bins in _singles(one)):
        entries = _entries(bins)
        found[bins] = _Lookup(row, bins.values if bins.edges is not None else len(entries), row + len(entries))
        for what, value, code in entries:
            _write(sheet, row, 0, bins.column)
            sheet.write_string(row, 1, what)
            if isinstance(value, str):
                sheet.write_string(row, 2, _level(value))
            else:
                sheet.write_number(row, 2, value)
            sheet.write_number(row, 3, code + 1)
            row += 1
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 2, 28)
    return found


def _entries(bins: Bins) -> list[tuple[str, float | str, int]]:
    if bins.edges is not None:
        lower = [("from", float(edge), code) for code, edge in enumerate((_LEAST, *bins.edges))]
        return [
            *lower,
            *(("equal to", float(value), bins.values + i) for i, value in enumerate(map(str, bins.special))),
        ]
    levels = {level: code for code, group in enumerate(bins.groups or ()) for level in group}
    levels |= {str(value): bins.values + i for i, value in enumerate(bins.special)}
    return [("level", level, code) for level, code in levels.items()]


def _score_sheet(
    sheet: Worksheet,
    card: Card,
    styles: dict[str, Any],
    starts: list[int],
    found: dict[Bins, _Lookup],
    typed: pd.DataFrame,
) -> None:
    """Values to type on the left, points of every characteristic on the right."""
    from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

    heads = (
        "Column",
        "Value",
        "What to type",
        "",
        "Characteristic",
        "Bin no.",
        "Bin",
        "Points",
        "Lost against the best",
    )
    for column, name in enumerate(heads):
        sheet.write_string(_TOP - 1, column, name, styles["head"])
    cell = {}
    for row, name in enumerate(typed.columns, _TOP):
        bins = next(bins for bins in found if bins.column == name)
        cell[name] = xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True)
        _write(sheet, row, 0, name)
        value = typed[name].iloc[0]
        _type_in(sheet, row, _level(value) if isinstance(value, str) else value, styles)
        sheet.write_string(row, 2, "a number" if bins.edges is not None else "a level, as on the sheet Bins")
        if bins.edges is None and found[bins].end > found[bins].start:
            levels = f"=Bins!{xl_range_abs(found[bins].start, 2, found[bins].end - 1, 2)}"
            sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": levels, "error_type": "information"})
    codes: NDArray[np.intp] = card.codes(typed)[0]
    for row, (one, start, code) in enumerate(zip(card.characteristics, starts, codes, strict=True), _TOP):
        number, last = xl_rowcol_to_cell(row, 5), start + len(one.points) - 1
        labels, points = (f"Card!{xl_range_abs(start, column, last, column)}" for column in (2, 7))
        _write(sheet, row, 4, one.name)
        sheet.write_formula(row, 5, f"={_number_of(one, cell, found)}", None, int(code) + 1)
        said = _fitting(one.bins.labels[code])
        sheet.write_formula(row, 6, f'=IFERROR(INDEX({labels},{number}),"not a number")', None, said)
        earned = one.points[code]
        sheet.write_formula(row, 7, f"=INDEX({points},{number})", styles["points"], earned)
        lost = f"=MAX({points})-{xl_rowcol_to_cell(row, 7)}"
        sheet.write_formula(row, 8, lost, styles["points"], one.points.max() - earned)
    for column, width in enumerate((28, 18, 26, 3, 28, 8, 40, 10, 12)):
        sheet.set_column(column, column, width)


def _head(
    sheet: Worksheet,
    card: Card,
    styles: dict[str, Any],
    cut: float | None,
    decisions: tuple[str, str],
    typed: pd.DataFrame,
) -> None:
    """Score, probability, cut and decision."""
    from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

    score, limit, above, below = (xl_rowcol_to_cell(row, 1) for row in (_SCORE, _CUT, _ABOVE, _BELOW))
    codes = card.codes(typed)
    value = float(card.score(codes)[0])
    chance = float(1 / (1 + np.exp(-card.margin(codes)[0])))
    taken = "" if cut is None else decisions[0] if value >= cut else decisions[1]
    sheet.write_string(0, 0, "Score of one row", styles["title"])
    sheet.write_string(1, 0, "Type into the coloured cells; leave a value empty where it is not known.")
    names = (
        "Score",
        "Probability of the event",
        "Cut",
        "Decision",
        "Decision from the cut on",
        "Decision below the cut",
    )
    for row, name in enumerate(names, _SCORE):
        sheet.write_string(row, 0, name)
    earned = xl_range(_TOP, 7, _TOP + max(1, len(card.characteristics)) - 1, 7)
    sheet.write_formula(_SCORE, 1, f"=Card!$B$1+SUM({earned})", styles["result"], value)
    margin = f"(({score}-Card!$B$2)*LN(2)/Card!$B$4+LN(Card!$B$3))"
    sheet.write_formula(_PROBABILITY, 1, f"=1/(1+EXP({margin}))", styles["chance"], chance)
    _type_in(sheet, _CUT, cut, styles)
    decision = f'=IF({limit}="","",IF({score}>={limit},{above},{below}))'
    sheet.write_formula(_DECISION, 1, decision, styles["result"], _fitting(taken))
    for row, text in zip((_ABOVE, _BELOW), decisions, strict=True):
        _type_in(sheet, row, _fitting(text), styles)
    sheet.freeze_panes(_TOP, 0)


def _number_of(one: Characteristic, cell: Mapping[str, str], found: Mapping[Bins, _Lookup]) -> str:
    """The formula, without its sign, of the bin that a row falls into, from 1."""
    codes = [_code(bins, cell[bins.column], found[bins]) for bins in _singles(one)]
    if len(codes) == 1:
        return codes[0]
    return f"({codes[0]}-1)*{len(_singles(one)[1].labels)}+{codes[1]}"


def _code(bins: Bins, value: str, at: _Lookup) -> str:
    """The formula, without its sign, of a value's bin, from 1; #N/A for a text where a number is wanted."""
    from xlsxwriter.utility import xl_range_abs

    last = len(bins.labels)
    if bins.edges is not None:
        split = at.start + at.values
        code = f"MATCH({value},Bins!{xl_range_abs(at.start, 2, split - 1, 2)},1)"
        if at.end > split:
            code = f"IFERROR({at.values}+MATCH({value},Bins!{xl_range_abs(split, 2, at.end - 1, 2)},0),{code})"
        return f'IF({value}="",{last},IF(ISNUMBER({value}),{code},NA()))'
    if at.end == at.start:
        return f'IF({value}="",{last},{last - 1})'
    levels, codes = (f"Bins!{xl_range_abs(at.start, column, at.end - 1, column)}" for column in (2, 3))
    # EXACT tells upper from lower case and knows no wildcards, which MATCH does not and does
    same = f'EXACT({levels},{value}&"")'
    return f'IF({value}="",{last},IF(SUMPRODUCT(--{same})=0,{last - 1},SUMPRODUCT({same}*{codes})))'


def _singles(one: Characteristic) -> tuple[Bins, ...]:
    if isinstance(one.bins, PairBins):
        return one.bins.first, one.bins.second
    if isinstance(one.bins, Bins):
        return (one.bins,)
    raise TypeError(f"bins of type {type(one.bins).__name__} cannot be written as formulas")


def _type_in(sheet: Worksheet, row: int, value: Any, styles: dict[str, Any]) -> None:
    if value is None or pd.isna(value):
        sheet.write_blank(row, 1, None, styles["input"])
    elif isinstance(value, str):
        sheet.write_string(row, 1, value, styles["input"])
    else:
        sheet.write_number(row, 1, float(value), styles["input"])


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    sheet.write_string(row, column, _fitting(text))


def _fitting(text: str) -> str:
    """`text` as a cell shows it: what no eye can see as an escape (XlsxWriter leaves it raw in results of formulas)."""
    return one_line(text)[:_LONGEST]


def _level(text: str) -> str:
    """`text` as formulas compare it: whole, but for half a surrogate pair, which no file can hold."""
    if len(text) > _LONGEST:
        raise ConfigError(
            f"{shown(text)} is longer than a cell of a workbook", where="to_xlsx", advice="shorten the level"
        )
    return text.encode("utf-8", "backslashreplace").decode()
