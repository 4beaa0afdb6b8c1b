import pytest
import yaml

from casestudies.credit.config import CreditSettings
from casestudies.errors import ConfigError
from casestudies.workflow.resolve import resolve


def complaint(tmp_path, text, **more):
    file = tmp_path / "loans.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        resolve(CreditSettings, file=file, **more)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_defaults_file_values_and_flags_win_in_this_order(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("study: credit\nseed: 3\nsplit: {test: 0.3, folds: 4}\ndata: {target: bad}\n")
    done = resolve(
        CreditSettings,
        file=file,
        values={"split": {"folds": 6}},
        overrides=["split.test=0.4", "data.read.missing=['?', NA]"],
        defaults={"data": {"target": "default", "id": "application"}},
    )
    config = done.config
    assert (config.seed, config.split.test, config.split.folds) == (3, 0.4, 6)
    assert (config.data.target, config.data.id, config.data.read.missing) == ("bad", "application", ["?", "NA"])
    origins = {k: done.origins[k] for k in ("seed", "split.test", "split.folds", "data.target", "data.id", "cost.fn")}
    assert origins == {
        "seed": "file",
        "split.test": "flag",
        "split.folds": "given",
        "data.target": "file",
        "data.id": "default",
        "cost.fn": "default",
    }


def test_the_spelled_out_config_reads_back_as_the_same_config(tmp_path):
    done = resolve(
        CreditSettings,
        values={"data": {"map": {"credit_line": "Kredit: höhe #1"}}, "gates": {"auc": {"min": 0.7}}},
        overrides=["cost.fn=0.75 * x", "data.positive=yes"],
    )
    file = tmp_path / "config.yaml"
    file.write_text(done.to_yaml(), encoding="utf-8")
    assert resolve(CreditSettings, file=file).config == done.config
    assert "# flag" in done.to_yaml()
    assert yaml.safe_load(done.to_yaml())["data"]["map"] == {"credit_line": "Kredit: höhe #1"}


def test_an_unknown_key_names_line_and_nearest_key(tmp_path):
    line = complaint(tmp_path, "study: credit\nsplit:\n  tset: 0.3\n")
    assert line == "config 'loans.yaml', line 3, split.tset: is not a setting; did you mean 'test'?"


def test_a_value_out_of_range_names_line_key_rule_and_value(tmp_path):
    line = complaint(tmp_path, "study: credit\n\nsplit:\n  test: 3\n")
    assert line.startswith("config 'loans.yaml', line 4, split.test: must be less than 0.9 (got '3')")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("study: credit\nstudy: credit\n", "line 2, study: is written twice"),
        ("study: churn\n", "line 1, study: must be 'credit' (got 'churn')"),
        ("a: [1, 2\n", "is not YAML"),
        ("- 1\n- 2\n", "is not a list of keys and values"),
        ("data: &x {target: a}\nsplit: *x\n", "uses an anchor or alias"),
        ("seed: !!python/object/apply:os.system ['x']\n", "is not YAML"),
        ("model: {candidates: []}\n", "line 1, model.candidates: must have at least 1 item"),
        ("model: {candidates: [forest]}\n", "line 1, model.candidates"),
        ("decide: {cut: high}\n", "line 1, decide.cut: must be a valid number"),
        ("explain: {lime: {samples: 1}}\n", "line 1, explain.lime.samples: must be greater than or equal to 100"),
        ("cost: {fn: [1]}\n", "line 1, cost.fn: must be a valid"),
        ("data: {positive: {a: 1}}\n", "line 1, data.positive"),
        ("gates: {auc: {least: 1}}\n", "gates.auc.least: is not a setting; there are 'min', 'max'"),
        ("data:\n\ttarget: x\n", "is not YAML"),
        ("[" * 5000, "is not YAML"),
    ],
)
def test_bad_config_files_get_one_line_with_place(tmp_path, text, part):
    assert part in complaint(tmp_path, text)


def test_a_flag_out_of_range_is_said_to_be_the_flag(tmp_path):
    assert complaint(tmp_path, "seed: 1\n", overrides=["split.folds=1"]).startswith("--set, split.folds: must be")


def test_an_empty_section_means_its_defaults(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("study: credit\nsplit:\n")
    assert resolve(CreditSettings, file=file).config == CreditSettings()


def test_what_is_not_text_or_not_there_is_said(tmp_path):
    file = tmp_path / "bin.yaml"
    file.write_bytes(b"study: \xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        resolve(CreditSettings, file=file)
    with pytest.raises(ConfigError, match="cannot be read"):
        resolve(CreditSettings, file=tmp_path / "none.yaml")


def test_flags_must_be_key_equals_value():
    for text in ("split.test", "=3", "a..b=1"):
        with pytest.raises(ConfigError, match="is not key=value"):
            resolve(CreditSettings, overrides=[text])


def test_an_empty_mapping_takes_the_place_of_what_was_there(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("data: {map: {income: salary}, dates: {a: ISO8601}}\n")
    config = resolve(CreditSettings, file=file, overrides=["data.map={}"]).config
    assert config.data.map == {}
    assert config.data.dates == {"a": "ISO8601"}
