"""The settings all studies share: one pydantic model, each field with its unit, its range and a sentence.

The same sentences are the help of the command line, the labels of the pages' form and the reference of the docs.
Fields marked `basic` are what the form shows first.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticUndefined

_LIMITS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "max_length": "length at most"}


class Section(BaseModel):
    """A frozen group of settings; unknown keys are errors (`resolve` names the nearest known one)."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any, info: Any) -> Any:
        # `data:` with nothing under it is YAML for null; an analyst means "the defaults"
        wanted = cls.model_fields[info.field_name or ""].annotation
        keyed = get_origin(wanted) is dict or (isinstance(wanted, type) and issubclass(wanted, Section))
        return {} if value is None and keyed else value


def basic(default: Any = ..., **rules: Any) -> Any:
    """A field that the pages show before "all settings" is opened."""
    return Field(default, json_schema_extra={"basic": True}, **rules)


class Read(Section):
    """How the file is read; null means: found from the file, and said."""

    separator: str | None = Field(None, max_length=4, description="Text between two cells, e.g. ';'.")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal sign of numbers.")
    encoding: str | None = Field(None, max_length=30, description="Text encoding, e.g. utf-8 or cp1252.")
    header: bool | int = Field(True, description="Whether the file names its columns; a number is the header's line.")
    names: list[str] | None = Field(None, description="Column names for a file without a header.")
    missing: list[str] = Field([], description="Texts that mean missing, beside the empty cell, e.g. ['?', 'NA'].")
    sheet: str | None = Field(None, description="Sheet of an Excel file.")


class Data(Section):
    """Which file, and how it is read."""

    path: str | None = basic(None, description="The table: CSV, TSV, Excel or Parquet; null is the embedded demo.")
    time: str | None = Field(None, description="Column with the time of the row; the split then follows it.")
    files: dict[str, str] = Field({}, description="Further tables of a study.")
    dates: dict[str, str] = Field({}, description="Column: its date format, e.g. '%d.%m.%Y', or seconds.")
    read: Read = Read()


class Frame(Section):
    """What was to be achieved; printed first in every report, 'not stated' where empty."""

    goal: str | None = basic(None, max_length=500, description="What the organisation wants to achieve.")
    unit: str | None = Field(None, max_length=300, description="What one row is.")
    label_means: str | None = Field(None, max_length=300, description="What the outcome means and when it is known.")
    horizon: str | None = Field(None, max_length=300, description="How far ahead the outcome lies.")
    proxy_for: str | None = Field(None, max_length=300, description="What the label only stands for.")
    excluded: str | None = Field(None, max_length=300, description="Who is not in the table.")
    decided_by: str | None = Field(None, max_length=300, description="Who decides, and what the score is to them.")


class Interval(Section):
    """How sure the figures are."""

    level: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the intervals.")
    rounds: int = Field(1000, ge=100, le=20_000, description="Bootstrap rounds.")


class Gate(Section):
    """Limits of one figure; a run that misses them ends with exit code 6."""

    min: float | None = None
    max: float | None = None


class Report(Section):
    """What is printed."""

    formats: list[Literal["html", "pdf"]] = Field(["html", "pdf"], description="Files to write.")
    date: str | None = Field(None, max_length=40, description="A date to print; null prints none.")
    author: str | None = Field(None, max_length=120, description="Who signs the report.")
    version: str | None = Field(None, max_length=40, description="The report's own version.")
    logo: str | None = Field(None, description="A PNG file for the first page.")
    notes: str | None = Field(None, description="A notes.md with your words for the sections.")
    fonts: str | None = Field(
        None, description="A folder of fonts (.ttf, .otf, .ttc) for scripts that the print font of the PDF lacks."
    )


class Run(Section):
    """What the run may use."""

    threads: int = Field(1, ge=1, le=64, description="Threads of the numerical libraries.")
    memory_mb: int = Field(4000, ge=500, description="Memory of the worker, in MB.")
    seconds: int = Field(1800, ge=10, description="CPU time of the worker, in seconds.")


class Demo(Section):
    """The embedded synthetic example."""

    rows: int | None = Field(None, ge=300, le=200_000, description="Rows of the demo; null is its full size.")


class Settings(Section):
    """The keys all studies share; a study subclasses this, or `TableSettings`, and adds sections of its own."""

    study: str = Field(description="Which study this config is for.")
    seed: int = basic(0, ge=0, lt=2**32, description="Seed of everything random.")
    data: Data = Data()
    frame: Frame = Frame()
    interval: Interval = Interval()
    gates: dict[str, Gate] = Field({}, description="Metric: {min, max}; exit code 6 when the champion misses one.")
    report: Report = Report()
    run: Run = Run()
    demo: Demo = Demo()


def describe_settings(model: type[BaseModel], prefix: str = "") -> list[dict[str, str]]:
    """Every leaf key with its default, its rule and its sentence, for `schema` and the docs."""
    rows = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            rows += describe_settings(inner, f"{prefix}{name}.")
            continue
        limits = [
            f"{word} {getattr(m, key)}" for m in field.metadata for key, word in _LIMITS.items() if hasattr(m, key)
        ]
        kind = (
            re.sub(r"typing\.|<class '|'>|NoneType", "", str(inner))
            .replace("Optional", "")
            .replace(" | None", " or null")
        )
        default = field.get_default(call_default_factory=True)
        rows.append(
            {
                "key": f"{prefix}{name}",
                "default": "" if default is PydanticUndefined else json.dumps(default, default=str),
                "rule": ", ".join([kind, *limits]),
                "sentence": field.description or "",
            }
        )
    return rows
