"""Quality, fairness and those turned away, on a small demo: what is told, and what the report says of it."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.config import CreditSettings
from casestudies.credit.demo import DEFAULTS
from casestudies.credit.study import STUDY, WORDS
from casestudies.decisions import Costs
from casestudies.models.recipes import TreesRecipe
from casestudies.report import Figure, Note, Table, Text
from casestudies.workflow.compare import Judged, Plan, compare
from casestudies.workflow.evaluate import group_labels
from casestudies.workflow.fairness import by_group, fairness_told
from casestudies.workflow.findings import Findings
from casestudies.workflow.incumbent import Incumbent, read_incumbent
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.quality import REVIEWED, quality_told, review_list
from casestudies.workflow.rejects import Rejected, rejects_told
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.sections.fairness import fairness_blocks
from casestudies.workflow.sections.quality import quality_blocks
from casestudies.workflow.sections.rejects import rejects_blocks


class Made:
    """A demo of 2,000 rows, loaded and compared with few trees."""

    def __init__(self, kind="cv", **changed):
        config = {"study": "credit", **DEFAULTS, "demo": {"rows": 2000}, "split": {"kind": kind, "folds": 3}, **changed}
        config["interval"] = {"rounds": 200}
        self.settings = CreditSettings.model_validate(config)
        self.loaded = load(STUDY, self.settings, None, incumbent="present_score", leaks_allowed=False)
        self.sample = sample_of(self.loaded)
        plan = Plan(rule_of(self.settings), self.settings.model.calibrate, 3, 0)
        split = split_of(self.loaded, self.settings)
        recipe = TreesRecipe(self.loaded.checked.kinds, trees=40, leaves=8)
        self.comparison = compare([recipe], self.sample, split, plan, lambda *_: None)
        score = self.loaded.checked.frame["present_score"]
        self.incumbent = read_incumbent(
            "present_score", score, None, self.sample, self.comparison.parts, plan.rule, "decline"
        )


@pytest.fixture(scope="module")
def made():
    return Made()


@pytest.fixture(scope="module")
def held_out():
    return Made("time")


@pytest.fixture(scope="module")
def findings(made, small_run):
    """Findings that hold what was told of `made`, through JSON as a run folder would bring it."""
    read = Findings.read(small_run.folder, STUDY)
    champion, held = made.comparison.choice.champion, made.sample.take(made.comparison.rows)
    judged = made.comparison.judged[champion]
    columns = {"y": held.y, "weight": held.weight, f"p:{champion}": judged.p, f"act:{champion}": judged.act}
    columns |= {cell: getattr(held.costs, cell) for cell in ("fn", "fp", "tp", "tn")}
    for name in made.loaded.checked.in_role("protected"):
        columns[f"group:{name}"] = pd.Series(group_labels(made.loaded.checked.frame[name])).astype("str").to_numpy()
    predictions = pd.DataFrame(columns)

    def of(**analysis):
        plain = json.loads(json.dumps(analysis), parse_constant=lambda _: None)  # NaN comes back as null
        metrics = {**read.metrics, "champion": champion}
        return replace(read, analysis=plain, predictions=predictions, settings=made.settings, metrics=metrics)

    return of


def words_of(blocks):
    out = []
    for block in blocks:
        if isinstance(block, Table):
            out += [block.caption, *block.head, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Figure):
            out += [block.caption, block.alt]
        else:
            out.append(block.text)
    return " ".join(out)


# fairness


def test_every_protected_column_has_groups_gaps_and_proxies(made):
    told = fairness_told(made.loaded, made.comparison, made.sample, made.settings)
    assert list(told) == ["age", "sex"]
    rows = sum(row["rows"] for row in told["sex"]["groups"])
    assert rows == len(made.comparison.rows)
    acted = made.comparison.judged[made.comparison.choice.champion].act
    sex = made.loaded.checked.frame["sex"].to_numpy()
    for row in told["sex"]["groups"]:
        assert row["act_rate"]["value"] == pytest.approx(acted[sex == row["group"]].mean())
    assert told["age"]["proxies"]["named"][0]["column"] == "employment_years"  # no job is older than its holder
    assert told["sex"]["proxies"]["named"] == []  # drawn apart from everything
    assert told["sex"]["without"] == []


def test_dealing_a_proxy_out_leaves_the_group_as_it_is_when_the_model_does_not_read_it(made):
    told = fairness_told(made.loaded, made.comparison, made.sample, made.settings)["age"]["without"][0]
    assert told["column"] == "employment_years"
    assert 0 < told["changed"] < 1
    assert told["rows"] == len(made.comparison.parts[0][1])
    model = made.comparison.trained[made.comparison.choice.champion].model
    silent = replace(made.comparison, trained={"lightgbm": replace_model(made.comparison.trained["lightgbm"], model)})
    same = fairness_told(made.loaded, silent, made.sample, made.settings)["age"]["without"][0]
    assert same["changed"] == 0
    assert same["before"] == pytest.approx(same["after"])
    assert same["cost_before"] == pytest.approx(same["cost_after"])


def replace_model(trained, model):
    class Deaf:
        def probability(self, frame):
            return model.probability(frame.assign(employment_years=5.0))

    return replace(trained, model=Deaf())


def test_points_are_told_where_there_are_any(made):
    points = 600 - 100 * made.comparison.judged[made.comparison.choice.champion].p
    told = fairness_told(made.loaded, made.comparison, made.sample, made.settings, points)
    assert 500 < told["sex"]["groups"][0]["score"]["value"] < 600
    assert "score" in told["sex"]["gaps"][0]["difference"]


def test_the_report_says_that_nothing_is_adjusted_and_names_the_proxy(made, findings):
    f = findings(fairness=fairness_told(made.loaded, made.comparison, made.sample, made.settings))
    blocks = fairness_blocks(f)
    text = words_of(blocks)
    assert "no threshold depends on a group" in text
    assert "employment_years" in text
    assert "demographic parity difference" in text
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    assert "nan" not in text
    assert "None" not in text


def test_a_readers_cut_has_its_own_groups(made, findings):
    f = findings(fairness=fairness_told(made.loaded, made.comparison, made.sample, made.settings))
    champion = f.champion
    everyone = f.predictions.assign(**{f"act:{champion}": True})
    text = words_of(fairness_blocks(replace(f, predictions=everyone, chosen="The reader chose.")))
    assert "0.0 (0.0 to" in text  # nobody is accepted in any group
    assert "not the reader's cut" in text


def test_groups_too_small_say_so(made, findings):
    told = fairness_told(made.loaded, made.comparison, made.sample, made.settings)
    held = made.sample.take(made.comparison.rows)
    labels = np.where(np.arange(len(held.y)) < 20, "missing", "all")
    told["sex"] |= by_group(held, made.comparison.judged[made.comparison.choice.champion], labels, made.settings)
    text = words_of(fairness_blocks(findings(fairness=told)))
    assert "too few to say" in text
    assert "Fewer than two groups have enough rows" in text


# data quality


def test_quality_tells_gaps_copies_and_labels_and_changes_nothing(made):
    before = made.sample.frame.copy()
    told = quality_told(made.loaded, made.comparison, made.sample, made.settings, WORDS)
    assert {gap["column"] for gap in told["missing"]} == {"income", "card_utilisation", "employment_years"}
    assert any("repeat an earlier row" in fact for fact in told["copies"])
    assert told["labels"]["rows"] == 2000
    assert told["labels"]["change"]["auc"][1] > told["labels"]["change"]["auc"][0]
    pd.testing.assert_frame_equal(before, made.sample.frame)


def test_cells_a_hundred_times_too_large_are_told_with_row_money_and_decisions(made):
    frame = made.sample.frame.copy()
    rows = made.comparison.parts[0][1][-3:]
    frame.iloc[rows, frame.columns.get_loc("income")] = 250_000.0
    sample = replace(made.sample, frame=frame)
    told = quality_told(made.loaded, made.comparison, sample, made.settings, WORDS)
    income = next(one for one in told["outliers"] if one["column"] == "income")
    assert income["cells"] == 3
    assert sorted(one["row"] for one in income["extremes"]) == sorted(made.loaded.checked.places.rows[rows])
    assert told["far"]["rows"] == 3
    assert told["far"]["clipped"]["far"] == 3
    stake = np.maximum(sample.costs.caught, sample.costs.alarm)
    assert told["far"]["stake"] == pytest.approx(stake[rows].sum() / stake.sum())


def test_every_row_is_reviewed_by_a_fit_that_did_not_see_it(held_out):
    """With a held-out part, training rows have their cross-fitted probability and judged rows the judged one."""
    told = quality_told(held_out.loaded, held_out.comparison, held_out.sample, held_out.settings, WORDS)
    assert told["labels"]["rows"] == len(held_out.sample.y) > told["labels"]["judged"]
    review = review_list(held_out.loaded, held_out.comparison, held_out.sample, WORDS)
    assert 0 < len(review) <= REVIEWED
    assert list(review) == ["row", "line", "id", "label", "probability", "why"]
    doubt = np.where(review["label"] == "default", 1 - review["probability"], review["probability"])
    assert np.all(np.diff(doubt) <= 1e-4)
    at = np.searchsorted(held_out.loaded.checked.places.rows, review["row"])
    y = held_out.sample.y[at]
    assert np.array_equal(review["label"] == "default", y > 0)
    assert (review["id"] == held_out.loaded.checked.frame["application"].astype(str).to_numpy()[at]).all()
    assert "has a probability of" in review["why"][0]


def test_labels_turned_in_the_file_come_up_for_review(made):
    """Forty labels turned round on confident rows: most of them are on the list, where chance would put few."""
    p = made.comparison.judged[made.comparison.choice.champion].p
    sure = np.argsort(p, kind="stable")[:400]
    turned = np.random.default_rng(0).permutation(sure[made.sample.y[sure] == 0])[:40]
    y = made.sample.y.copy()
    y[turned] = 1.0
    review = review_list(made.loaded, made.comparison, replace(made.sample, y=y), WORDS)
    hit = np.isin(made.loaded.checked.places.rows[turned], review["row"]).mean()
    assert hit >= 0.9


def test_the_quality_blocks_speak_of_gaps_far_cells_and_labels(made, findings):
    frame = made.sample.frame.copy()
    random = np.random.default_rng(0)
    frame.loc[(made.sample.y > 0) & (random.random(len(frame)) < 0.5), "term_months"] = np.nan
    frame.iloc[5, frame.columns.get_loc("income")] = 900_000.0
    sample = replace(made.sample, frame=frame)
    told = quality_told(made.loaded, made.comparison, sample, made.settings, WORDS)
    text = words_of(quality_blocks(findings(quality=told)))
    assert "Missing term_months: 100 % bad against" in text
    assert "keep it as a level of its own" in text
    assert "900,000 (row 6)" in text
    assert "data/review.csv" in text
    assert "An unlikely outcome is no wrong label" in text
    assert "no improvement" in text
    assert "nan" not in text


def test_a_table_without_prices_is_told_in_rates(findings):
    poor = Made(cost={})
    frame = poor.sample.frame.copy()
    frame.iloc[5, frame.columns.get_loc("income")] = 900_000.0
    told = quality_told(poor.loaded, poor.comparison, replace(poor.sample, frame=frame), poor.settings, WORDS)
    assert "stake" not in told["far"]
    assert told["labels"]["change"]["savings"] is None
    assert fairness_told(poor.loaded, poor.comparison, poor.sample, poor.settings)["sex"]["groups"][0]["cost"] is None
    bounds = rejects_told(poor.comparison, poor.sample, poor.incumbent, poor.loaded.checked.kinds)
    assert bounds["scenarios"][0]["cost"] is None
    assert bounds["scenarios"][2]["rate"] > bounds["scenarios"][0]["rate"]
    text = words_of(quality_blocks(findings(quality=told)))
    assert "Savings" not in text


# those turned away earlier


def test_hidden_outcomes_are_guessed_and_looked_up(made):
    told = rejects_told(made.comparison, made.sample, made.incumbent, made.loaded.checked.kinds)
    act = made.incumbent.judged.act[made.comparison.rows]
    assert told["kind"] == "score"
    assert told["overlap"]["rows"] == act.sum()
    assert told["recorded"]["rate"] == pytest.approx(made.sample.y[act].mean())
    rates = [one["rate"] for one in told["scenarios"]]
    assert rates == sorted(rates)
    champion = made.comparison.choice.champion
    total = made.sample.costs.total(made.sample.y, made.comparison.judged[champion].act, made.sample.weight)
    assert told["recorded"]["cost"] == pytest.approx(total)


def test_outcomes_of_those_turned_away_do_not_reach_the_guess(made):
    away = made.incumbent.judged.act
    turned = made.sample.y.copy()
    turned[away] = 1 - turned[away]
    one = rejects_told(made.comparison, made.sample, made.incumbent, made.loaded.checked.kinds)
    other = rejects_told(made.comparison, replace(made.sample, y=turned), made.incumbent, made.loaded.checked.kinds)
    assert one["scenarios"] == other["scenarios"]
    assert one["recorded"] != other["recorded"]


def test_a_second_table_of_rejects_is_bounded_by_the_saved_rule(made):
    costs = Costs(*(getattr(made.sample.costs, cell)[:60] for cell in ("fn", "fp", "tp", "tn")))
    rejected = Rejected(made.sample.frame.iloc[:60], costs)
    told = rejects_told(made.comparison, made.sample, None, made.loaded.checked.kinds, rejected=rejected)
    assert told["kind"] == "table"
    assert "recorded" not in told
    assert told["overlap"]["rows"] == 60
    assert told["scenarios"][0]["cost"] is not None


def test_silence_and_too_few_are_said(made, findings):
    assert rejects_told(made.comparison, made.sample, None, made.loaded.checked.kinds) == {"kind": "unknown"}
    act = np.zeros(len(made.sample.y), dtype=bool)
    act[:9] = True
    few = rejects_told(made.comparison, made.sample, Incumbent(Judged(None, act), ""), made.loaded.checked.kinds)
    assert few == {"kind": "few", "rows": 9}
    (_, note) = rejects_blocks(findings(rejects={"kind": "unknown"}))
    assert isinstance(note, Note)
    assert "every figure is about applications like those" in note.text
    assert "model.incumbent" in note.text
    (_, text) = rejects_blocks(findings(rejects=few))
    assert isinstance(text, Text)
    assert "too few" in text.text


def test_the_bounds_are_told_as_a_range_and_never_as_a_better_model(made, findings):
    told = rejects_told(made.comparison, made.sample, made.incumbent, made.loaded.checked.kinds)
    text = words_of(rejects_blocks(findings(rejects=told)))
    assert "makes no model better" in text
    assert "as recorded" in text
    assert "Assumed:" in text
    assert "AUC" not in text
    assert "nan" not in text


def test_nothing_told_leaves_no_block(findings):
    f = findings()
    assert fairness_blocks(f) == quality_blocks(f) == rejects_blocks(f) == ()
