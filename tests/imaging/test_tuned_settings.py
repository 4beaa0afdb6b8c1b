"""Tuning of the network: folds of patients among those that a run learns from."""

import numpy as np
import pytest
import yaml

from casestudies.api import tune
from casestudies.errors import ConfigError
from casestudies.workflow.studies import get_study

pytest.importorskip("optuna")
pytest.importorskip("torch")

QUICK = ["demo.rows=300", "model.epochs=2", "model.widths=[4, 8]", "model.networks=2", "report.formats=[]"]


@pytest.mark.slow
def test_networks_are_tuned_on_folds_of_patients(tmp_path, monkeypatch):
    from casestudies.imaging import tuned_bench

    seen, parts = [], []
    fit, divided = tuned_bench.fit, tuned_bench.divided
    monkeypatch.setattr(tuned_bench, "fit", lambda films, part, *a: seen.append((films, part)) or fit(films, part, *a))
    monkeypatch.setattr(
        tuned_bench, "divided", lambda films, *a: parts.append((films, divided(films, *a))) or parts[-1][1]
    )
    asked = ["model.dropout", "model.widths=[4-8, 2-4]"]
    run = tune("imaging", budget=2, search=asked, overrides=QUICK, runs=tmp_path, variables={})
    told = run.folder.read_json("tuning.json")
    assert len(told["trials"]) == 3
    assert all(len(one["scores"]["log_loss"]) == 3 for one in told["trials"] if one["state"] == "done")
    config = yaml.safe_load((run.path / "tuned.yaml").read_text())
    settings = get_study("imaging").settings.model_validate(config)
    assert settings.model.networks == 2
    whole, split = parts[0]
    judges = set(whole.patient[split.test])
    for films, part in seen:
        groups = [set(films.patient[rows]) for rows in (part.train, part.validation, part.test)]
        assert not groups[0] & groups[1]
        assert not (groups[0] | groups[1]) & groups[2]
        assert not judges & set(films.patient)
    one = [part.test for _, part in seen[:3]]
    assert np.array_equal(np.sort(np.concatenate(one)), np.arange(len(seen[0][0])))  # each image is judged once


def test_ready_made_features_leave_no_network_to_tune(tmp_path):
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"")
    with pytest.raises(ConfigError, match="the features come ready-made, so there is no network to tune"):
        tune(
            "imaging",
            str(tmp_path),
            {"data": {"files": {"features": str(weights)}}},
            runs=tmp_path / "runs",
            variables={},
        )
