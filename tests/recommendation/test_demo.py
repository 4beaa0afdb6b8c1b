"""The shop's demo: each planted thing is what it says, and is there to be found in the ratings alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casestudies.recommendation.demo import (
    CATEGORIES,
    CHANGED,
    DAYS,
    DEFAULTS,
    NEW_DAYS,
    ROBOT,
    ROWS,
    START,
    STYLES,
    demo,
    demo_files,
    demo_items,
    demo_truth,
)
from casestudies.tabular.interactions import Options, read_interactions
from casestudies.workflow.load import demo_csv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def truth():
    return demo_truth(0)


@pytest.fixture(scope="module")
def rows(truth):
    """The clean ratings with what is known of their products."""
    return truth.rows.join(truth.items[["category", "style", "launched"]], on="product")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """The demo as the reader finds it."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "ratings.csv").write_bytes(demo_csv(demo(None, 0).frame))
    (folder / "items.csv").write_bytes(demo_csv(demo_items(0)))
    return read_interactions(folder / "ratings.csv", items=folder / "items.csv", options=Options(scale=(1, 5)))


def test_the_shipped_files_are_a_small_shop_of_the_generator():
    shipped = (ROOT / "data" / "recommendation_demo.csv").read_bytes()
    count = shipped.count(b"\n") - 1
    assert count >= 5000
    assert len(shipped) <= 300_000
    assert shipped == demo_csv(demo(count, 0).frame)
    items = (ROOT / "data" / "recommendation_items_demo.csv").read_bytes()
    assert items == demo_csv(demo_files(count, 0)["items"])


def test_the_same_seed_gives_the_same_cells_and_another_seed_others():
    assert demo(400, 4).frame.equals(demo(400, 4).frame)
    assert not demo(400, 4).frame.equals(demo(400, 5).frame)
    assert demo_items(4).equals(demo_items(4))
    assert not demo_items(4).equals(demo_items(5))


@pytest.mark.parametrize("count", [300, 1_000, 5_000, ROWS])
def test_a_small_shop_has_the_same_two_years_and_the_products_its_ratings_name(count):
    frame, items = demo(count, 1).frame, demo_files(count, 1)["items"]
    assert len(frame) == count
    times = pd.to_datetime(frame["rated_at"])
    assert times.is_monotonic_increasing
    assert times.max() - times.min() > pd.Timedelta(days=DAYS - 30)
    assert frame["product"].isin(items["product"]).mean() > 0.9
    assert set(items["category"]) == set(CATEGORIES)


def test_the_reader_finds_every_column_and_says_all_the_dirt(read):
    assert {role: told.column for role, told in read.columns.items()} == {
        role: DEFAULTS["data"][role] for role in ("user", "item", "rating", "time")
    }
    assert not read.problems.errors
    said = {problem.code for problem in read.problems}
    assert {"no_id", "not_rated", "busy_user", "repeated_pairs", "repeated_id", "no_row"} <= said
    data = read.data
    assert 950 <= data.shape[0] <= 1001  # with the robot
    assert data.shape[1] == 300
    assert data.scale == (1, 5)
    assert read.items.features == ("category", "style", "price")
    assert (data.by_item.counts == 0).sum() >= 5
    assert data.items["title"].nunique() >= 298
    assert {"margin", "stock"} <= set(data.items.columns)


def test_a_program_has_more_than_five_per_cent_of_the_rows():
    frame = demo(None, 0).frame
    assert (frame["customer"] == ROBOT).mean() > 0.05


def test_about_half_of_what_is_bought_is_of_the_favourite_category_of_that_time(truth, rows):
    before = truth.customers.loc[rows["customer"]]
    changed = (rows["time"].to_numpy() >= before["changes_at"].to_numpy()) & before["changes_at"].notna().to_numpy()
    now = np.where(changed, before["later"], before["favourite"])
    assert 0.4 < (rows["category"].to_numpy() == now).mean() < 0.6
    assert (rows["category"].to_numpy()[changed] == before["favourite"].to_numpy()[changed]).mean() < 0.15


def test_every_other_customer_changes_their_favourite(truth):
    changes = truth.customers["changes_at"].notna()
    assert changes.mean() == pytest.approx(CHANGED, abs=0.05)
    assert (truth.customers["favourite"] != truth.customers["later"]).equals(changes)


def test_what_was_bought_lately_says_more_than_all_that_was_bought(read):
    """The category of the last purchase, guessed by those before: with a half-life of five purchases, and without."""
    data = read.data
    category = pd.factorize(data.items["category"], use_na_sentinel=False)[0][data.item]
    lately = ever = asked = 0
    for user in range(data.shape[0]):
        own = category[data.by_user[user]]
        if len(own) < 12 or data.user_ids[user] == ROBOT:
            continue
        asked += 1
        age = np.arange(len(own) - 2, -1, -1)
        lately += np.bincount(own[:-1], 0.5 ** (age / 5)).argmax() == own[-1]
        ever += np.bincount(own[:-1]).argmax() == own[-1]
    assert asked > 500
    assert lately > ever + 0.06 * asked
    assert ever > 2 * asked / len(CATEGORIES)


def test_the_garden_sells_in_summer_and_warm_things_in_winter(rows):
    month = rows["time"].dt.month
    summer, winter = month.between(4, 6), month.isin([11, 12, 1])
    share = {name: (rows["category"] == name).groupby([summer, winter]).mean() for name in CATEGORIES}
    assert share["garden"][(True, False)] > 3 * share["garden"][(False, True)]
    assert share["winter"][(False, True)] > 3 * share["winter"][(True, False)]
    assert share["music"][(True, False)] == pytest.approx(share["music"][(False, True)], rel=0.3)


def test_some_products_are_new_and_a_few_of_them_unbought(truth):
    end = pd.Timestamp(START) + pd.Timedelta(days=DAYS)
    new = truth.items["launched"] >= end - pd.Timedelta(days=NEW_DAYS)
    assert 20 <= new.sum() <= 40
    bought = truth.rows["product"].value_counts().reindex(truth.items.index, fill_value=0)
    assert bought[new].median() < 0.3 * bought[~new].median()
    assert (bought[new] == 0).sum() >= 3
    first = truth.rows.groupby("product")["time"].min()
    assert (first >= truth.items["launched"].reindex(first.index)).all()


def test_ratings_follow_the_style_and_leave_a_noise_that_no_model_can_beat(truth, rows):
    stars = truth.rows["stars"].to_numpy()
    floor = np.sqrt(np.mean((stars - truth.rows["expected"]) ** 2))
    assert 0.5 < floor < 0.7 < stars.std()
    person = rows.groupby("customer")["stars"].transform("mean")
    by_style = rows.groupby(["customer", "style"])["stars"].agg(["mean", "size"])
    liked = by_style[by_style["size"] >= 4]["mean"]
    assert liked.groupby("customer").agg(lambda means: means.max() - means.min()).mean() > 0.5
    assert rows.groupby("style")["stars"].mean().max() - rows.groupby("style")["stars"].mean().min() < 0.4
    assert set(rows["style"]) == set(STYLES)
    assert person.std() > 0.2


def test_what_sells_most_earns_the_smallest_share_of_its_price(truth):
    items = demo_items(0).drop_duplicates("product", keep="last").set_index("product")
    price = pd.to_numeric(items["price"], errors="coerce")
    share = pd.to_numeric(items["margin"]) / price
    sold = truth.rows["product"].value_counts().reindex(items.index, fill_value=0)
    assert share.corr(sold, method="spearman") < -0.4
    assert ((share > 0) & (share < 1))[price.notna()].all()
    assert (items["stock"] == "0").any()
    assert price.isna().any()


def test_the_truth_is_not_in_the_cells():
    frame = demo(None, 0).frame
    assert list(frame.columns) == ["customer", "product", "stars", "rated_at"]
    assert not {"quality", "attraction", "one", "two"} & set(demo_items(0).columns)
