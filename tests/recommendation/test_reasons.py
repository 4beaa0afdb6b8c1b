"""Reasons of a whole run: cases of each kind, a deletion that agrees with a fit without the row, exact side features."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.models.factorisation.because import because
from casestudies.models.factorisation.features_explained import feature_form
from casestudies.models.factorisation.fitted import Embedded
from casestudies.models.factorisation.sidefeatures import SideFeatures
from casestudies.recommendation.cases import cases_of, halves
from casestudies.recommendation.featured import Drawn, explain_features
from casestudies.recommendation.reasons import reasons_told, without_top
from casestudies.recommendation.sections.reasons import quality_blocks, reasons_blocks
from casestudies.recommendation.serving import Server
from casestudies.report import Heading, Table, Text


@pytest.fixture(scope="module")
def told(small_work):
    return reasons_told(small_work)


def server_of(work):
    return Server.of(work.saved.fitted_, work.settings.ranking)


def test_answers_are_plain_values_and_the_same_each_time(small_work, told):
    assert json.dumps(told, allow_nan=False) == json.dumps(reasons_told(small_work), allow_nan=False)


def test_there_is_a_case_of_each_kind(small_work, told):
    cases = {case["kind"]: case for case in told["cases"]}
    assert list(cases) == ["heavy", "light", "changed", "cold"]
    assert cases["heavy"]["interactions"] > cases["light"]["interactions"] > 0
    assert cases["cold"]["from"] == "popularity"
    assert cases["cold"]["interactions"] == 0
    assert cases["heavy"]["from"] == "model"


def test_the_changed_taste_is_the_one_whose_halves_are_least_alike(small_work):
    server = server_of(small_work)
    changed = next(case for case in cases_of(server, 0) if case.kind == "changed")
    others = [case.user for case in cases_of(server, 0) if case.kind in ("heavy", "light")]
    counts = server.fitted.data.by_user.counts

    def cosine(user):
        a, b = halves(server, user)
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    all_long = [user for user in np.flatnonzero(counts >= 12) if user not in others]
    assert changed.moved == pytest.approx(min(map(cosine, all_long)), abs=1e-5)


def test_without_its_largest_reason_a_score_is_that_of_a_history_without_the_row(rated_work):
    server = server_of(rated_work)
    case = cases_of(server, 0)[0]
    item = int(server.serve(case.history, np.array([case.user]), np.empty(0, np.int32)).lists.items[0, 0])
    less = without_top(server, case, item)
    data, fold = server.fitted.data, server.fitted.fold
    rows = data.by_user[case.user]
    whole = because(fold, server.weighed(data, case.user), [item])
    largest = int(whole.met[np.argmax(np.abs(whole.parts[0]))])
    assert less["item"] == server.fitted.titles[largest]
    kept = rows[data.item[rows] != largest]
    row = fold.user(data.item[kept], data.rating[kept])
    score = fold.mean + fold.item_bias[item] + row.bias + fold.items[item] @ row.vector
    assert less["score_without"] == pytest.approx(float(score), abs=1e-5)


def test_the_named_reason_moves_the_score_more_than_another(told):
    deletion = told["deletion"]
    assert deletion["error"] < 1e-6
    assert deletion["top"] > 1.1 * deletion["random"]
    assert deletion["larger"] > 0.6


def test_the_distance_of_stored_rows_is_said(small_work, told):
    stored = told["stored"]
    assert 0 < stored["overlap"] <= 1
    assert stored["difference"] < stored["spread"]


def test_side_features_add_up_and_lime_points_the_same_way(told):
    features = told["features"]
    assert features["side"] == "item"
    assert features["additivity_error"] < 1e-9
    assert features["names"] == ["category", "price"]
    assert features["base"] + sum(features["shap"]) == pytest.approx(features["score"], abs=1e-9)
    assert features["agreement"]["sign"] == 1.0


def test_drawn_columns_score_as_the_table_does_and_the_line_is_exact():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "kind": pd.Categorical(rng.choice(["tea", "mug", "jar"], 300)),
            "genre": rng.choice(["Comedy|Drama", "Drama", "Comedy", "War|Drama"], 300),
            "price": np.where(rng.random(300) < 0.1, np.nan, rng.gamma(2.0, 5.0, 300)),
        }
    )
    table.loc[:5, "kind"] = np.nan
    features = SideFeatures.of(table, ["kind", "genre", "price"], "item")
    columns, user = len(features.names), rng.normal(size=4)
    embedded = Embedded(
        features, rng.normal(size=(columns, 4)).astype(np.float32), rng.normal(size=columns).astype(np.float32)
    )
    form = feature_form(embedded.table, embedded.bias, user, 0.3, 3.5)
    drawn = Drawn.of(embedded, table, form)
    newcomers, bias = embedded.cold(table)
    by_hand = newcomers @ user + bias + 0.3 + 3.5
    assert by_hand.std() > 0.5
    assert drawn.scores(drawn.codes) == pytest.approx(by_hand, abs=1e-5)
    assert explain_features(form, embedded, table).sum() == pytest.approx(by_hand, abs=1e-5)


@pytest.mark.parametrize("which", ["small_work", "rated_work"])
def test_the_report_says_every_case(which, request):
    work = request.getfixturevalue(which)
    found = reasons_told(work)
    f = SimpleNamespace(analysis={"reasons": found}, settings=work.settings)
    blocks = reasons_blocks(f)
    assert [block.text.split(":")[0] for block in blocks if isinstance(block, Heading)] == [
        "Much is known", "Little is known", "A taste that changed", "Nothing is known", "Items alike",
    ]  # fmt: skip
    assert sum(isinstance(block, Table) for block in blocks) == 5
    said = " ".join(block.text for block in quality_blocks(f) if isinstance(block, Text))
    assert "customers have the larger move in the named one" in said
    assert reasons_blocks(SimpleNamespace(analysis={})) == quality_blocks(SimpleNamespace(analysis={})) == ()
