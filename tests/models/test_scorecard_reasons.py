from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.models.scorecard.reasons import ReasonTable, approved_points
from casestudies.tabular.bins import Bins, PairBins


def by_hand(card, codes, reference, concept_of, k):
    """[[(concept, points lost)]] with one row after the other, by sorting."""
    out = []
    for row in codes:
        lost: dict[str, float] = {}
        for i, one in enumerate(card.characteristics):
            if concept_of.get(one.name) is not None:
                lost[concept_of[one.name]] = lost.get(concept_of[one.name], 0) + reference[i] - one.points[row[i]]
        order = sorted(lost, key=lambda name: -round(lost[name], 5))  # stable: ties keep the card's order
        out.append([(name, lost[name]) for name in order if lost[name] > 1e-6][:k])
    return out


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans(), st.booleans(), st.booleans())
def test_reasons_are_the_largest_losses_of_unprotected_concepts(
    random_card, random_rows, seed, k, approved, merged, whole
):
    card = random_card(seed, 5, 2, whole=whole)
    codes = card.codes(random_rows(card, seed, 12))
    against = approved_points(card, codes, np.arange(12) % 2 == 0) if approved else None
    concepts = {"c0": "money", "c3": "money"} if merged else {}
    concept_of = {}
    for one in card.characteristics:
        if "c1" not in one.bins.columns:
            shared = {concepts.get(c, c) for c in one.bins.columns}
            concept_of[one.name] = shared.pop() if len(shared) == 1 else one.name
    reference = [one.points.max() for one in card.characteristics] if against is None else against
    table = ReasonTable.of(card, against=against, concepts=concepts, protected=["c1"])
    found = table.reasons(codes, k)
    for i, expected in enumerate(by_hand(card, codes, reference, concept_of, k)):
        held = found.place[i] >= 0
        assert [table.concepts[place] for place in found.place[i][held]] == [name for name, _ in expected]
        assert found.lost[i][held] == pytest.approx([loss for _, loss in expected], abs=1e-5)
        assert not found.lost[i][~held].any()
        assert [bool(text) for text in found.text[i]] == held.tolist()
    assert not any("c1" in text for text in found.text.ravel())


def small_card(whole=True):
    def part(bins, margin):
        n = len(bins.labels)
        return bins, np.full(n, 10.0), np.full(n, 2.0), np.array(margin, dtype=float)

    return pointed(
        [
            part(Bins("PAY_0", (0.0, 2.0, 3.0)), [-1, 0, 1, 2, 0]),
            part(Bins("PAY_2", (2.0,)), [-0.5, 0.5, 0]),
            part(Bins("sex", None, (("m",), ("f",))), [-3, 3, 0, 0]),
            part(Bins("income", (1000.0,)), [1, -1, 0]),
            part(PairBins(Bins("sex", None, (("m",),)), Bins("income", (500.0,))), [4, 1, 1, 0, 0, 0, 0, 0, -4]),
        ],
        0.0,
        Scaling(),
        whole,
    )


def codes_of(card, **cells):
    return card.codes(pd.DataFrame({name: [value] for name, value in cells.items()}))


def test_default_words_name_the_column_and_its_bin_and_pairs_with_a_protected_column_are_silent():
    card = small_card()
    codes = codes_of(card, PAY_0=2.0, PAY_2=3.0, sex="f", income=100.0)
    told = ReasonTable.of(card, protected=["sex"]).reasons(codes).joined()
    assert told == ["PAY_0: 2 to below 3; income: below 1000; PAY_2: 2 or more"]
    assert (
        "sex m and income below 500"
        in ReasonTable.of(card).reasons(codes_of(card, PAY_0=-1.0, PAY_2=0.0, sex="m", income=100.0)).joined()[0]
    )


def test_words_of_a_concept_come_before_those_of_its_columns():
    card = small_card()
    codes = codes_of(card, PAY_0=2.0, PAY_2=3.0, sex="f", income=100.0)

    def told(**wishes):
        return ReasonTable.of(card, protected=["sex"], **wishes).reasons(codes)

    late = {"PAY_0": "late payments", "PAY_2": "late payments"}
    merged = told(concepts=late)
    assert merged.joined() == ["PAY_0: 2 to below 3; income: below 1000"]  # the member that lost most speaks
    assert merged.lost[0, 0] == 58 + 29
    assert told(concepts=late, words={"PAY_0": "Latest payment late"}).joined()[0].startswith("Latest payment late; ")
    both = {"PAY_0": "Latest payment late", "late payments": "Too many late payments"}
    assert told(concepts=late, words=both).joined() == ["Too many late payments; income: below 1000"]
    other = codes_of(card, PAY_0=-1.0, PAY_2=3.0, sex="f", income=1e6)
    assert ReasonTable.of(card, protected=["sex"], concepts=late).reasons(other).joined() == ["PAY_2: 2 or more"]


def test_who_lost_nothing_is_told_so():
    card = small_card()
    best = codes_of(card, PAY_0=-1.0, PAY_2=0.0, sex="f", income=1e6)
    found = ReasonTable.of(card, protected=["sex"]).reasons(best)
    assert found.joined() == ["no points lost"]
    assert (found.place == -1).all()
    assert (found.text == "").all()
    assert ReasonTable.of(card, protected=card.columns).reasons(best).joined() == ["no points lost"]


def test_equal_losses_keep_the_order_of_the_card_whatever_the_rows_beside_and_the_sums():
    bins = [Bins(name, (0.0,)) for name in "dbca"]
    margin = np.array([0.1, -0.2, 0.0])  # 0.1 + 0.2 is not 0.3: a float sum would order ties by chance
    card = pointed([(b, np.ones(3), np.ones(3), margin) for b in bins], 0.0, Scaling(), False)
    codes = np.zeros((5, 4), dtype=np.intp)
    table = ReasonTable.of(card)
    assert table.reasons(codes).joined() == ["a: below 0; b: below 0; c: below 0; d: below 0"] * 5
    two = ReasonTable.of(card, concepts={"a": "x", "d": "x", "b": "y", "c": "y"})
    assert [two.concepts[i] for i in two.reasons(codes).place[0]] == ["x", "y"]


def test_against_the_approved_only_what_lies_below_them_is_a_reason():
    card = small_card(whole=False)
    rows = [codes_of(card, PAY_0=p, PAY_2=0.0, sex="f", income=1e6) for p in (-1.0, 0.0, 3.0)]
    codes = np.concatenate(rows)
    mean = approved_points(card, codes, np.array([True, True, False]))
    place = [one.name for one in card.characteristics].index("PAY_0")
    points = card.points(codes)[:, place]
    assert mean[place] == pytest.approx((points[0] + points[1]) / 2)
    found = ReasonTable.of(card, against=mean).reasons(codes)
    assert found.joined()[0] == "no points lost"
    assert found.lost[2, 0] == pytest.approx(mean[place] - points[2], abs=1e-6)
    twice = approved_points(card, codes, np.array([True, True, False]), np.array([3.0, 1.0, 9.0]))
    assert twice[place] == pytest.approx((3 * points[0] + points[1]) / 4)
    with pytest.raises(ConfigError, match="nobody is approved"):
        approved_points(card, codes, np.zeros(3, dtype=bool))


def test_the_order_agrees_with_shap_values_where_the_references_agree(random_card, random_rows):
    card = random_card(3, 5, 0, whole=False)
    codes = card.codes(random_rows(card, 3, 200))
    mean = np.array([one.mean for one in card.characteristics])
    same = ReasonTable.of(card, against=mean).agreement(codes)  # against the mean row, points lost are SHAP values
    assert (same.overlap, same.first, same.spearman) == pytest.approx((1, 1, 1))
    best = ReasonTable.of(card).agreement(codes)
    assert 0 <= best.overlap <= 1
    shap = -(card.points(codes) - mean)
    lost = np.array([one.points.max() for one in card.characteristics]) - card.points(codes)
    first = [
        np.argmax(np.round(a, 6)) == np.argmax(np.round(b, 6))
        for a, b in zip(lost, shap, strict=True)
        if max(b) > 0 and max(a) > 0
    ]
    assert best.first == pytest.approx(np.mean(first))


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"words": {"PAY_1": "late"}}, "did you mean 'PAY_"),
        ({"concepts": {"incme": "money"}}, "did you mean 'income'"),
        ({"words": {"income": " "}}, "'income' has no text"),
        ({"words": {"income": False}}, "'income' has no text"),
    ],
)
def test_bad_words_are_refused_in_one_line(wishes, said):
    with pytest.raises(ConfigError) as error:
        ReasonTable.of(small_card(), **wishes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_the_card_has_no_use_for_may_have_words_and_hostile_text_stays_one_line():
    card = small_card()
    table = ReasonTable.of(card, words={"later": "x", "income": "too\nlow; \u202e"}, known=["later"])
    codes = codes_of(card, PAY_0=-1.0, PAY_2=0.0, sex="f", income=0.0)
    assert "too\\nlow; \\u202e" in table.reasons(codes).text.ravel().tolist()
    with pytest.raises(ConfigError, match="0 reasons are none"):
        table.reasons(codes, 0)


def test_the_order_of_rows_does_not_matter(random_card, random_rows):
    card = random_card(7, 6, 1)
    codes = card.codes(random_rows(card, 7, 50))
    table = ReasonTable.of(card)
    assert table.reasons(codes).joined()[::-1] == table.reasons(codes[::-1]).joined()


def test_worded_reasons_of_100_000_rows_take_less_than_a_second(random_card, random_rows):
    card = random_card(1, 20, 0)
    codes = np.tile(card.codes(random_rows(card, 1, 1000)), (100, 1))
    table = ReasonTable.of(card)
    started = time.process_time()
    told = table.reasons(codes).joined()
    assert time.process_time() - started < 1.0
    assert len(told) == 100_000
