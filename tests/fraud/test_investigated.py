"""Whether labels exist only for what somebody looked at: each sign, and tables that are not to be suspected."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.fraud.contract import CONTRACT
from casestudies.fraud.investigated import investigated_problems
from casestudies.fraud.sections.investigated import investigated_blocks
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.read import read_table

ROWS = 4000


def checked(tmp_path, frame, **roles):
    frame.to_csv(tmp_path / "payments.csv", index=False)
    return check(read_table(tmp_path / "payments.csv"), CONTRACT, Roles(target="fraud", positive="yes", **roles))


def settings(rules=()):
    return SimpleNamespace(rules=SimpleNamespace(columns=list(rules)))


def table(seed=0):
    """Today's score, a label that follows it smoothly, and rules."""
    random = np.random.default_rng(seed)
    score = random.uniform(0, 100, ROWS).round(1)
    fraud = random.random(ROWS) < 0.25 * (score / 100) ** 2
    return pd.DataFrame(
        {"amount": random.uniform(1, 100, ROWS).round(2), "score": score, "fraud": np.where(fraud, "yes", "no")}
    )


def test_frauds_only_among_the_investigated_are_said(tmp_path):
    frame = table()
    frame["investigated"] = (frame["score"] > 40).astype(int)
    frame.loc[frame["investigated"] == 0, "fraud"] = "no"
    [found] = investigated_problems(checked(tmp_path, frame), settings())
    assert (found.severity, found.column) == ("warning", "investigated")
    assert "60% of the rows were investigated, and no fraud stands outside them" in found.rule
    assert "drawn at random" in found.advice
    assert found.count == (frame["investigated"] == 0).sum()


def test_frauds_only_where_a_rule_alerts_are_said(tmp_path):
    frame = table().assign(big=lambda d: (d["amount"] > 70).astype(int), high=lambda d: (d["score"] > 80).astype(int))
    frame.loc[(frame["big"] == 0) & (frame["high"] == 0), "fraud"] = "no"
    read = checked(tmp_path, frame)
    [found] = investigated_problems(read, settings(["big", "high"]))
    assert "of the rows on which a rule alerts" in found.rule
    assert investigated_problems(read, settings(["high"])) == []  # the other rule's frauds stand outside


@pytest.mark.parametrize("way", ["below", "above"])
def test_an_edge_of_the_score_below_which_no_fraud_was_looked_for_is_said(tmp_path, way):
    frame = table()
    frame.loc[frame["score"] < 60, "fraud"] = "no"
    if way == "above":  # a score that is low where fraud is likely
        frame["score"] = 100 - frame["score"]
    [found] = investigated_problems(checked(tmp_path, frame, incumbent="score"), settings())
    assert found.column == "score"
    assert f"no fraud stands {way} " in found.rule


@pytest.mark.parametrize("seed", range(5))
def test_a_good_score_is_no_edge_and_an_honest_table_is_not_suspected(tmp_path, seed):
    frame = table(seed).assign(
        big=lambda d: (d["amount"] > 70).astype(int), investigated=lambda d: (d["score"] > 40).astype(int)
    )
    assert investigated_problems(checked(tmp_path, frame, incumbent="score"), settings(["big"])) == []


def test_labels_missing_for_many_rows_are_explained(tmp_path):
    frame = table()
    frame.loc[frame["score"] < 50, "fraud"] = ""
    found = investigated_problems(checked(tmp_path, frame), settings())
    assert len(found) == 1
    assert "if these were not investigated" in found[0].rule
    assert "do not fill them with legitimate" in found[0].advice


def test_a_slip_of_the_pen_and_too_few_frauds_say_nothing(tmp_path):
    frame = table()
    frame.loc[:40, "fraud"] = ""
    assert investigated_problems(checked(tmp_path, frame), settings()) == []
    few = table().assign(fraud="no", investigated=lambda d: (d["score"] > 99).astype(int))
    few.loc[few["score"] > 99.7, "fraud"] = "yes"
    assert investigated_problems(checked(tmp_path, few), settings()) == []


def test_the_report_repeats_it_where_figures_stand(tmp_path, work, bench):
    frame = table()
    frame["investigated"] = (frame["score"] > 40).astype(int)
    frame.loc[frame["investigated"] == 0, "fraud"] = "no"
    read = checked(tmp_path, frame)
    read.problems.extend(investigated_problems(read, settings()))
    f = bench.findings(work)
    object.__setattr__(f, "problems", read.problems.to_frame().astype("str"))
    assert "What to do: leave those rows out" in bench.printed(investigated_blocks(f))
    assert investigated_blocks(bench.findings(work)) == ()
