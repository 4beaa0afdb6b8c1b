"""A fraud table up to its comparison, as the further questions see it, and findings of a few arrays."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casestudies.fraud.config import FraudSettings
from casestudies.fraud.study import STUDY
from casestudies.report import Report, Section, to_html
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import Plan, compare
from casestudies.workflow.findings import Findings
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.sample import sample_of, split_of


@dataclasses.dataclass(frozen=True)
class Bench:
    """Makes work of a table and findings of its answers."""

    folder: Path

    def payments(self, rows=3000, seed=0, **columns) -> pd.DataFrame:
        """Thirty days of payments, in which a large amount at night is likely fraud."""
        random = np.random.default_rng(seed)
        amount, night = random.lognormal(3.2, 1.0, rows), random.random(rows) < 0.3
        z = -5.2 + 1.0 * np.log(amount / 25) + 2.2 * night
        frame = {
            "transaction": np.arange(rows),
            "time": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(np.sort(random.uniform(0, 30 * 86_400, rows)).round(), "s"),
            "card": [f"C{card}" for card in random.integers(0, rows // 12, rows)],
            "amount": amount.round(2),
            "channel": np.where(night, "online", "shop"),
            "noise": random.normal(size=rows),
            "fraud": np.where(random.random(rows) < 1 / (1 + np.exp(-z)), "yes", "no"),
        }
        return pd.DataFrame({**frame, **columns})

    def work(self, frame: pd.DataFrame, **over) -> Work:
        file = self.folder / "payments.csv"
        frame.to_csv(file, index=False)
        base = {
            "study": "fraud",
            "data": {"target": "fraud", "positive": "yes"},
            "cost": {"fn": "amount", "fp": 10, "tp": 10, "currency": "EUR"},
            "model": {"candidates": ["lightgbm"], "trees": {"trees": 40}},
            "split": {"kind": "time"},
            "rolling": {"windows": []},
            "interval": {"rounds": 200},
            "alerts": {"per_day": 5, "first": 40},
        }
        merged = {
            key: {**base.get(key, {}), **over.get(key, {})} if isinstance(base.get(key), dict) else base[key]
            for key in base
        }
        settings = FraudSettings.model_validate({**merged, **{k: v for k, v in over.items() if k not in base}})
        loaded = load(STUDY, settings, file, incumbent=settings.model.incumbent, leaks_allowed=True)
        loaded.checked.problems.raise_if_errors(file.name)
        split, sample = split_of(loaded, settings), sample_of(loaded)
        plan = Plan(rule_of(settings), settings.model.calibrate, settings.split.folds, settings.seed)
        kinds = {name: loaded.checked.kinds[name] for name in loaded.checked.features}
        comparison = compare(recipes_of(settings, kinds), sample, split, plan, lambda *_: None)
        saved = comparison.trained[comparison.choice.champion]
        return Work(loaded, split, sample, comparison, None, saved, None, settings, STUDY.words)

    def findings(self, work: Work, **analysis) -> Findings:
        """What the sections read, through the JSON of a run folder."""
        rows, champion = work.comparison.rows, work.comparison.choice.champion
        held, judged = work.sample.take(rows), work.comparison.judged[champion]
        table = {"y": held.y, "weight": held.weight, f"p:{champion}": judged.p, f"act:{champion}": judged.act}
        if held.costs is not None:
            table |= {cell: getattr(held.costs, cell) for cell in ("fn", "fp", "tp", "tn")}
        return Findings(
            STUDY,
            work.settings,
            result={},
            profile={"synthetic": True},
            metrics={"champion": champion, "models": {}},
            evaluation={"candidates": list(work.comparison.judged), "rows": len(rows)},
            decision={},
            everywhere={},
            cases=[],
            quality={},
            diagnosis={},
            problems=work.loaded.checked.problems.to_frame(),
            predictions=pd.DataFrame(table),
            trace=pd.DataFrame(),
            analysis={name: json.loads(to_json(told)) for name, told in analysis.items()},
        )

    def printed(self, blocks) -> str:
        """What a reader of the page sees; renders every block."""
        return to_html(Report("t", "s", "id", "a", "1", (Section("s", "S", tuple(blocks)),)))


@pytest.fixture(scope="session")
def bench(tmp_path_factory) -> Bench:
    return Bench(tmp_path_factory.mktemp("payments"))


@pytest.fixture(scope="session")
def work(bench) -> Work:
    return bench.work(bench.payments())
