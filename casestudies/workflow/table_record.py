"""What a table study writes into its run folder, file by file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from casestudies.models.scorecard.sql import to_sql
from casestudies.models.scorecard.told import card_table
from casestudies.models.scorecard.workbook import to_xlsx
from casestudies.tabular.profile import profile
from casestudies.tabular.split import Split
from casestudies.workflow.compare import Comparison, Trained
from casestudies.workflow.evaluate import INCUMBENT, Evaluation, group_labels
from casestudies.workflow.explaining import Explained
from casestudies.workflow.incumbent import Incumbent
from casestudies.workflow.load import Loaded, schema_of
from casestudies.workflow.record import Record


class TableRecord(Record):
    """The parts of a comparison of table models."""

    def data(self, loaded: Loaded, split: Split) -> None:
        """data/: what the columns were taken for, a summary that names nobody, and the problems."""
        checked = loaded.checked
        self._writer.write_json("data/schema.json", schema_of(loaded))
        source = asdict(checked.source)
        told = {"source": source, "notes": list(loaded.notes), "synthetic": loaded.synthetic, "split": split.reason}
        self._writer.write_json("data/profile.json", {**told, **profile(checked)})
        self.table("data/problems.csv", checked.problems.to_frame())
        self.made({} if loaded.extended is None else loaded.extended.files)

    def evaluation(
        self,
        loaded: Loaded,
        split: Split,
        comparison: Comparison,
        evaluation: Evaluation,
        incumbent: Incumbent | None,
    ) -> None:
        """metrics.json, evaluation.json, predictions.parquet."""
        told = {
            "kind": "out of fold" if split.out_of_fold else f"held out ({split.kind})",
            "sentence": split.reason,
            "train": len(split.train),
            "judged": len(comparison.rows),
            "saved_model": "fitted on all rows after the figures were made",
        }
        head = {"study": self._study.name, "split": told, "champion": comparison.choice.champion}
        self._writer.write_json("metrics.json", {**head, "models": evaluation.metrics})
        more = {
            "choice": asdict(comparison.choice),
            "chosen": list(comparison.chosen),
            "incumbent": None if incumbent is None else incumbent.sentence,
            "candidates": list(comparison.judged),
        }
        self._writer.write_json("evaluation.json", {**evaluation.told, **more})
        self._predictions(loaded, comparison, incumbent)

    def model(self, saved: Trained, loaded: Loaded, comparison: Comparison) -> None:
        """model/, trace.parquet, diagnosis.json; of a scorecard also export/, to be used elsewhere."""
        for name, data in saved.model.files().items():
            self._writer.write_bytes(f"model/{name}", data)
        if saved.model.card is not None:
            self._writer.write_bytes("export/card.xlsx", to_xlsx(saved.model.card))
            self._writer.write_text("export/card.sql", to_sql(saved.model.card))
            self.table("export/card.csv", card_table(saved.model.card))
        matrix = None if loaded.matrix is None else asdict(loaded.matrix)
        unit = loaded.matrix.unit if loaded.matrix else "cost units"
        own = self._study.words
        words = saved.decider.in_words(unit, own.act, own.row, own.rows)
        if saved.model.decides and saved.decider.kind == "cut":
            words = f"{own.act.capitalize()} each {own.row} where the model, taught what a wrong decision costs, says that acting pays."
        decision = {"decider": saved.decider.to_dict(), "costs": matrix, "words": words}
        self._writer.write_json("model/decision.json", decision)
        traces, diagnosis = [], {}
        for name, trained in {**comparison.trained, "saved": saved}.items():
            table = {"fit": [name] * len(next(iter(trained.fit.trace.values()))), **trained.fit.trace}
            traces.append(pd.DataFrame(table))
            diagnosis[name] = {
                "findings": list(trained.fit.findings),
                "notes": list(trained.fit.notes),
                "calibration": trained.calibration.reason,
            }
        self.parquet("trace.parquet", pd.concat(traces, ignore_index=True))
        self._writer.write_json("diagnosis.json", diagnosis)

    def explanation(self, explained: Explained) -> None:
        """explain/."""
        self._writer.write_json("explain/global.json", explained.everywhere)
        self._writer.write_json("explain/cases.json", explained.cases)
        self._writer.write_json("explain/quality.json", explained.quality)

    def _predictions(self, loaded: Loaded, comparison: Comparison, incumbent: Incumbent | None) -> None:
        checked, rows = loaded.checked, comparison.rows
        columns: dict[str, Any] = {
            "row": checked.places.rows[rows],
            "line": np.asarray(checked.places.lines)[rows],
            "part": comparison.part,
            "y": loaded.y[rows],
            "weight": loaded.weight[rows],
        }
        for name in checked.in_role("identifier"):
            columns["id"] = checked.frame[name].iloc[rows].astype("str").to_numpy()
        for name in checked.in_role("group"):
            columns["group"] = checked.frame[name].iloc[rows].astype("str").to_numpy()
        for name, judged in comparison.judged.items():
            columns[f"p:{name}"], columns[f"act:{name}"] = judged.p, judged.act
        if incumbent is not None:
            if incumbent.judged.p is not None:
                columns[f"p:{INCUMBENT}"] = incumbent.judged.p[rows]
            columns[f"act:{INCUMBENT}"] = incumbent.judged.act[rows]
        if loaded.costs is not None:
            held = loaded.costs.take(rows)
            columns |= held.cells()
        for name in checked.in_role("protected"):
            columns[f"group:{name}"] = pd.Series(group_labels(checked.frame[name])[rows]).astype("str").to_numpy()
        self.parquet("predictions.parquet", pd.DataFrame(columns))
