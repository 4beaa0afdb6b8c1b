"""The program, its groups of verbs, and the arguments that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

_ORDER = (  # of the help: as an analyst comes to need them
    *("list", "schema", "template", "check", "run", "tune", "report", "predict", "evaluate"),
    *("app", "runs", "data", "doctor"),
)


class _Verbs(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    cls=_Verbs,
    name="casestudies",
    help="From a company's table to a decision in money, explained and reported.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
runs_app = typer.Typer(help="What was done: list, show, compare, verify, reproduce, rm.", rich_markup_mode=None)
app.add_typer(runs_app, name="runs")
data_app = typer.Typer(help="Files of data: list and fetch public sets, convert large tables.", rich_markup_mode=None)
app.add_typer(data_app, name="data")

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name, see: casestudies list")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its folder, or: latest")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunsRoot = Annotated[
    Path | None, typer.Option("--runs", metavar="DIR", help="Where runs are kept [CASESTUDIES_RUNS or ./runs].")
]
DataFile = Annotated[
    str | None, typer.Option("--data", metavar="FILE", help="The table; without it the embedded demo.")
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="YAML", help="Settings; see: casestudies template")
]
Override = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, e.g. split.test=0.3")
]
EngineName = Annotated[
    str | None, typer.Option("--engine", metavar="local|dask", help="Where all rows are read: here, or on a cluster.")
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster, e.g. tcp://127.0.0.1:8786")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.")]
