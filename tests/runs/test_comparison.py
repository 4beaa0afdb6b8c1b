"""What differs between runs, and nothing else."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import RunError
from casestudies.runs import RunWriter, compare
from casestudies.runs.comparison import differences


@pytest.fixture
def make(store):
    def run(config, metrics):
        folder = store.create("credit", {})
        with RunWriter(folder) as writer:
            writer.write_text("config.yaml", yaml.safe_dump(config))
            writer.write_json("metrics.json", metrics)
            writer.finish()
        return folder

    return run


def test_settings_and_figures_that_differ_are_named_by_their_path(make):
    a = make({"model": {"kind": "card", "ridge": 1}, "seed": 0}, {"card": {"auc": {"value": 0.75, "unit": "1"}}})
    b = make({"model": {"kind": "logistic"}, "seed": 0}, {"card": {"auc": {"value": 0.5, "unit": "1"}}})
    assert compare([a, b]) == {
        "runs": [a.id, b.id],
        "config": {"model.kind": {a.id: "card", b.id: "logistic"}, "model.ridge": {a.id: 1}},
        "metrics": {"card.auc.value": {a.id: 0.75, b.id: 0.5}},
    }


def test_a_run_without_results_cannot_be_compared(make, store):
    whole, empty = make({}, {}), store.create("credit", {})
    with pytest.raises(RunError, match="there is no config.yaml; compare runs that are done"):
        compare([whole, empty])
    (empty.path / "config.yaml").write_text("a: [")
    with pytest.raises(RunError, match="is not whole YAML"):
        compare([whole, empty])


documents = st.recursive(
    st.none() | st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=6,
)


@given(documents, documents)
def test_there_are_no_differences_exactly_when_documents_are_equal(a, b):
    assert differences({"x": a, "y": a}) == {}
    assert (differences({"x": a, "y": b}) == {}) == (a == b)
