"""What every study writes into its run folder, and how: the one place that knows the names all share."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from casestudies.report import csv_safe
from casestudies.runs import RunWriter, versions
from casestudies.workflow.reporting import write_reports
from casestudies.workflow.settings import Settings
from casestudies.workflow.spelling import spell_out
from casestudies.workflow.studies import Study

_NOT_RESULTS = ("run", "report")  # settings that change how a run works or is printed, and none of its figures


class Record:
    """Writes the parts of a run in the order in which they come to be.

    Parameters
    ----------
    request: as the run was asked for; its origins stand in config.yaml.
    """

    def __init__(self, writer: RunWriter, study: Study, settings: Settings, request: Mapping[str, Any]) -> None:
        self._writer, self._study, self._settings, self._request = writer, study, settings, request
        config = settings.model_dump(mode="json")
        writer.write_text("config.yaml", spell_out(config, request.get("origins", {})))

    def stage(self, name: str) -> Callable[[float, str], None]:
        """A function that says how far stage `name` is, and stops the run where that is asked for."""

        def step(fraction: float, message: str) -> None:
            self._writer.poll()
            self._writer.event(name, fraction, message)

        return step

    def made(self, files: Mapping[str, bytes]) -> None:
        """made/: what the study learnt beside its model, {name: content}, for new rows."""
        for name, content in files.items():
            self._writer.write_bytes(f"made/{name}", content)

    def analysis(self, name: str, told: Any) -> None:
        """analysis/NAME.json: one further question that was put to the table or the model, with its answer."""
        self._writer.write_json(f"analysis/{name}.json", told)

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """A list for people, as CSV that a spreadsheet cannot be tricked with: `name` with its folder and ending."""
        self._writer.write_text(name, csv_safe(frame).to_csv(index=False, lineterminator="\n"))

    def parquet(self, name: str, frame: pd.DataFrame) -> None:
        """A table for machines: `name` with its folder and ending."""
        out = io.BytesIO()
        frame.to_parquet(out, index=False)
        self._writer.write_bytes(name, out.getvalue())

    def json(self, name: str, told: Any) -> None:
        """Plain values: `name` with its folder and ending."""
        self._writer.write_json(name, told)

    def reports(self) -> None:
        """figures/, report.html, report.pdf: from the folder as it now stands, like every later report."""
        step = self.stage("report")
        step(0.0, "writing the report")
        self._writer.write_json("result.json", {"id": self._result_id(), "versions": self._versions()})
        write_reports(self._writer, self._study, step)

    def seal(self, *, synthetic: bool) -> dict[str, Any]:
        """What the manifest says beside the writer's own entries."""
        return {
            "seed": self._settings.seed,
            "data_sha256": self._source()["sha256"],
            "result_id": self._result_id(),
            "synthetic": synthetic,
            "headline": self._study.headline(
                self._writer.folder.read_json("metrics.json")
            ),  # lists of runs load no study
        }

    def _versions(self) -> dict[str, str]:
        return versions(self._study.libraries)

    def _source(self) -> dict[str, Any]:
        return dict(self._writer.folder.read_json("data/profile.json")["source"])

    def _result_id(self) -> str:
        """12 hex digits of the settings that matter, the data, the versions and, of what is made of a run, that run's own id:
        equal ids, equal figures."""
        config = self._settings.model_dump(mode="json", exclude=set(_NOT_RESULTS))
        config["data"].pop("path")
        whole = {"config": config, "data": self._source()["sha256"], "versions": self._versions()}
        if "parent" in self._request:
            whole |= {"verb": self._request.get("verb"), "parent": self._request["parent"]["result_id"]}
        if "tune" in self._request:
            whole |= {"tune": self._request["tune"]}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]
