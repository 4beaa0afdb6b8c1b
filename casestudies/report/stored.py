"""A report as JSON and back, so that a run folder can hold it and every face can draw it again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from casestudies.card import Invented
from casestudies.errors import ConfigError, RunError
from casestudies.report.blocks import Block, Code, Figure, Heading, Metric, Metrics, Note, Report, Section, Table, Text
from casestudies.report.gallery import Gallery, Picture

FORMAT = 1
KINDS: Mapping[str, type[Block]] = {
    kind.__name__.lower(): kind for kind in (Heading, Text, Note, Metrics, Table, Figure, Picture, Gallery, Code)
}


def to_dict(report: Report) -> dict[str, Any]:
    """`report` as plain JSON values; a picture becomes base64, a date its ISO form."""
    data = asdict(report)
    data["format"] = FORMAT
    data["date"] = report.date.isoformat() if report.date else None
    data["fonts"] = None  # the machine's, not the report's
    data["logo"] = base64.b64encode(report.logo).decode() if report.logo else None
    for section, stored in zip(report.sections, data["sections"], strict=True):
        stored["blocks"] = [{"block": type(block).__name__.lower(), **_stored(block)} for block in section.blocks]
    return data


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` wrote.

    Raises RunError when `data` is anything else: another format, an unknown block, a missing or a surplus field.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise RunError(
            "the stored report is not of this version's format", advice="make it again with: casestudies report RUN"
        )
    try:
        fields = {key: value for key, value in data.items() if key != "format"}
        fields["date"] = date.fromisoformat(fields["date"]) if fields["date"] else None
        fields["logo"] = base64.b64decode(fields["logo"], validate=True) if fields["logo"] else None
        fields["fonts"] = None
        fields["sections"] = tuple(_section(section) for section in fields["sections"])
        fields["invented"] = Invented(**fields["invented"])
        return Report(**fields)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, ConfigError) as error:
        raise RunError(f"the stored report is damaged ({error})", advice="verify the run folder") from error


def _stored(block: Block) -> dict[str, Any]:
    if isinstance(block, Gallery):
        return asdict(block) | {"pictures": [_stored(picture) for picture in block.pictures]}
    if isinstance(block, Picture):
        layers = {"png": block.png, "overlay": block.overlay}
        return asdict(block) | {
            name: base64.b64encode(layer).decode() if layer else None for name, layer in layers.items()
        }
    return asdict(block)


def _section(data: Mapping[str, Any]) -> Section:
    return Section(**{**data, "blocks": tuple(_block(block) for block in data["blocks"])})


def _block(data: Mapping[str, Any]) -> Block:
    fields = {key: value for key, value in data.items() if key != "block"}
    kind = KINDS[data["block"]]
    if kind is Metrics:
        return Metrics(tuple(Metric(**item) for item in fields["items"]))
    if kind is Table:
        return _table(fields)
    if kind is Picture:
        return _picture(fields)
    if kind is Gallery:
        return Gallery(**{**fields, "pictures": tuple(_picture(picture) for picture in fields["pictures"])})
    if kind is Figure and fields["table"] is not None:
        fields["table"] = _table(fields["table"])
    return kind(**fields)


def _table(data: Mapping[str, Any]) -> Table:
    lists = {"head": tuple(data["head"]), "rows": tuple(map(tuple, data["rows"])), "numeric": tuple(data["numeric"])}
    return Table(**{**data, **lists})


def _picture(data: Mapping[str, Any]) -> Picture:
    overlay = data["overlay"]
    layers = {
        "png": base64.b64decode(data["png"], validate=True),
        "overlay": None if overlay is None else base64.b64decode(overlay, validate=True),
    }
    return Picture(**{**data, **layers})
