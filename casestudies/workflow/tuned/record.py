"""What a search writes into its run folder beside the data and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casestudies.runs import RunWriter
from casestudies.workflow.record import Record
from casestudies.workflow.spelling import spell_out
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.told import TUNED, Outcome
from casestudies.workflow.tuned.tunable import applied

JOURNAL = "journal.jsonl"
CONFIG = "tuned.yaml"
TRIALS = "trials.csv"


def write(
    record: Record, writer: RunWriter, study: Study, settings: Any, request: Mapping[str, Any], outcome: Outcome
) -> None:
    """metrics.json, tuning.json, trials.csv, tuned.yaml."""
    told = outcome.told
    split = {"kind": "cross-validation", "sentence": told["sentence"]}
    record.json("metrics.json", {"study": study.name, "split": split, "champion": TUNED, "models": outcome.metrics})
    record.json("tuning.json", told)
    record.table(TRIALS, _table(told))
    config = applied(study.settings, settings, outcome.changed if outcome.found else {})
    origins = {**request.get("origins", {}), **dict.fromkeys(outcome.changed, "tuned")}
    writer.write_text(
        CONFIG, spell_out(config.model_dump(mode="json"), origins if outcome.found else request["origins"])
    )


def _table(told: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each trial."""
    rows = []
    for number, one in enumerate(told["trials"]):
        head = {
            "trial": number,
            "state": "the settings as they are" if one["first"] else one["state"],
            "why": one["why"],
        }
        rows.append({**head, **one["mean"], **{row["key"]: one["point"].get(row["key"]) for row in told["space"]}})
    return pd.DataFrame(rows)
