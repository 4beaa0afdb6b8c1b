"""The embedded example: what customers of a shop said of its products in two years, made from a seed. SYNTHETIC.

Planted, and kept in `Truth` so that tests can ask whether it is found:

1. about half of what a customer buys is of a favourite category, and every other one changes it at a known time: what somebody bought
   lately says more than what they bought first;
2. products have a style, customers a liking for some; both what is bought and how it is rated follow it;
3. the garden sells in spring and summer, what warms in winter;
4. some products are new: they came in the last six weeks, and a few have not been bought at all;
5. what sells most earns the smallest share of its price.

The cells are dirty in the ways real files are: guests without a number, 0 for not rated, rows exported twice, second thoughts,
and an account that a program uses. A demo of fewer rows is a smaller shop in the same two years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.workflow.studies import Demo, Example

ROWS = 20_000
START, DAYS = np.datetime64("2023-01-01T00:00:00"), 730
CHANGED = 0.5  # share of customers whose favourite category changes
_LOYAL = 0.6  # share of purchases in the favourite category, before seasons and what somebody has already
NEW_DAYS = 42  # before the end, from which new products come
ROBOT = "T0001"
_PER_CUSTOMER, _ITEMS = 20, 300
_EXAMPLE = 400  # rows of a template's table
_FEWEST = 60  # products of the smallest shop
_DAY = 86_400  # seconds
_NOISE = 0.6  # of a rating: no model can be closer

_NOUNS = {
    "kitchen": "bowl pan kettle board jar mug plate sieve teapot tray",
    "garden": "spade trellis planter bench lantern hose hammock birdhouse trowel parasol",
    "winter": "blanket scarf heater mittens sledge hat quilt thermos slippers candle",
    "office": "lamp desk notebook folder pen shelf chair clock stapler pinboard",
    "sports": "mat ball racket bottle rope backpack helmet tent glove towel",
    "children": "puzzle blocks kite doll train crayons drum rabbit swing boat",
    "bath": "soap sponge mirror robe basket brush stool shelf mat curtain",
    "music": "flute stand guitar drumsticks tambourine metronome strap case ukulele harmonica",
}
_STYLES = {  # direction of the style, and what products of it are made of
    "plain": ((1.0, 0.0), "oak linen steel cotton"),
    "playful": ((0.0, 1.0), "striped dotted coral yellow"),
    "classic": ((-1.0, 0.0), "brass walnut porcelain velvet"),
    "bold": ((0.0, -1.0), "black copper marble crimson"),
}
_PRICES = {
    "kitchen": 24, "garden": 48, "winter": 32, "office": 40, "sports": 36, "children": 18, "bath": 21, "music": 60,
}  # fmt: skip
CATEGORIES = tuple(_NOUNS)
STYLES = tuple(_STYLES)
_SEASON = {"garden": (105.0, 1.9), "winter": (350.0, 1.9)}  # day of the year of most sales, and how much more in logs

DEFAULTS = {
    "data": {
        "user": "customer",
        "item": "product",
        "rating": "stars",
        "time": "rated_at",
    },
    "reading": {"scale": [1, 5], "zero_is_missing": True},
    "model": {"features": ["category", "style", "price"]},
    "frame": {
        "goal": "show each customer ten products that they would like and do not have (invented)",
        "unit": "one product that one customer bought and rated",
        "label_means": "stars from 1 to 5 that the customer gave the product",
        "proxy_for": "whether the product is wanted; those who do not like a thing often do not buy it",
        "excluded": "orders of guests, who have no customer number",
        "decided_by": "the shop's page, which shows the list to the customer who is signed in",
    },
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Truth:
    """What was planted.

    customers: one row each, the index its number: `favourite` and `later` (categories, the same where it does not change),
        `changes_at` (time, NaT where it does not), `one` and `two` (its liking of styles).
    items: one row each, the index its number: `category`, `style`, `quality`, `launched`, `attraction` (of choice).
    rows: the clean ratings in time order: `customer`, `product`, `time`, `stars`, and `expected`, the rating without noise.
    """

    customers: pd.DataFrame
    items: pd.DataFrame
    rows: pd.DataFrame


def demo(rows: int | None, seed: int) -> Demo:
    """A shop with `rows` ratings (20,000 when None) as text cells, with the config that reads them."""
    wanted = rows or ROWS
    return Demo(_as_text(demo_truth(seed, wanted).rows, wanted), DEFAULTS)


def demo_files(rows: int | None, seed: int) -> dict[str, pd.DataFrame]:
    """The further tables of the demo: `data.files.items`."""
    return {"items": demo_items(seed, rows or ROWS)}


def example() -> Example:
    """Some ratings with the table of their items, without which the features of items could not be asked for."""
    from casestudies.workflow.load import demo_csv

    ratings, items = "recommendation.csv", "recommendation_items.csv"
    files = {ratings: demo_csv(demo(_EXAMPLE, 0).frame), items: demo_csv(demo_files(_EXAMPLE, 0)["items"])}
    return Example(ratings, files, {"data": {"files": {"items": items}}})


def demo_items(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """The products as text cells: product, title, category, style, price, margin, stock, launched; prices in EUR."""
    random = np.random.default_rng([seed, 6, 2])
    items = _items(np.random.default_rng([seed, 6]), _sizes(rows)[1])
    count = len(items)
    price = items["category"].map(_PRICES).to_numpy() * random.lognormal(0, 0.45, count)
    rank = items["attraction"].rank(pct=True).to_numpy()
    share = np.clip(0.46 - 0.28 * rank + random.normal(0, 0.05, count), 0.05, 0.6)
    stock = np.where(random.random(count) < 0.06, 0, random.poisson(12 + 30 * rank))
    text = pd.DataFrame(
        {"product": items.index, "title": items["title"], "category": items["category"], "style": items["style"]}
    )
    text["price"] = np.array([f"{value:.2f}" for value in price])
    text["margin"] = np.array([f"{value:.2f}" for value in price * share])
    text["stock"] = stock.astype(str)
    text["launched"] = pd.DatetimeIndex(items["launched"]).strftime("%Y-%m-%d")
    text.loc[text.index[random.choice(count, max(count // 60, 1), replace=False)], "price"] = ""
    gone = random.choice(np.flatnonzero(items["launched"] == pd.Timestamp(START)), 2, replace=False)
    again = text.iloc[[0]].assign(stock="0")  # an older row of a product, which stands twice
    return pd.concat([again, text.drop(index=text.index[gone[gone > 0]])], ignore_index=True)


def demo_truth(seed: int, rows: int = ROWS) -> Truth:
    """The clean ratings, and what was planted in them."""
    random = np.random.default_rng([seed, 6])
    people, products = _sizes(rows)
    items = _items(random, products)
    customers = _customers(random, people)
    return Truth(customers, items, _ratings(random, customers, items, rows))


def _sizes(rows: int) -> tuple[int, int]:
    """Customers and products of a shop with so many ratings."""
    return max(rows // _PER_CUSTOMER, 10), int(np.clip(rows * _ITEMS // ROWS, _FEWEST, _ITEMS))


def _items(random: np.random.Generator, count: int) -> pd.DataFrame:
    category = np.arange(count) % len(CATEGORIES)
    style = random.integers(0, len(STYLES), count)
    day = np.where(random.random(count) < 0.14, random.integers(30, DAYS - NEW_DAYS, count), 0)
    new = random.choice(count, max(count // 12, 4), replace=False)
    day[new] = random.integers(DAYS - NEW_DAYS, DAYS - 2, len(new))
    attraction = random.lognormal(0, 0.9, count)
    attraction[new[::3]] *= 0.02  # not found by anybody yet
    towards = np.array([direction for direction, _ in _STYLES.values()])[style] + random.normal(0, 0.25, (count, 2))
    return pd.DataFrame(
        {
            "title": _titles(random, category, style),
            "category": np.array(CATEGORIES)[category],
            "style": np.array(STYLES)[style],
            "one": towards[:, 0],
            "two": towards[:, 1],
            "quality": random.normal(0, 1, count),
            "launched": START.astype("datetime64[s]") + day.astype("timedelta64[D]"),
            "attraction": attraction,
        },
        index=pd.Index([f"P{number:04d}" for number in random.permutation(count) + 1], name="product"),
    )


def _titles(random: np.random.Generator, category: NDArray[np.int64], style: NDArray[np.int64]) -> list[str]:
    """A material and a noun, each pair once; a second edition where they run out."""
    taken: dict[str, int] = {}
    titles = []
    for kind, look in zip(category, style, strict=True):
        material = random.choice(_STYLES[STYLES[look]][1].split())
        noun = random.choice(_NOUNS[CATEGORIES[kind]].split())
        title = f"{material.capitalize()} {noun}"
        taken[title] = taken.get(title, 0) + 1
        titles.append(title if taken[title] == 1 else f"{title} no. {taken[title]}")
    return titles


def _customers(random: np.random.Generator, count: int) -> pd.DataFrame:
    favourite = random.integers(0, len(CATEGORIES), count)
    changes = random.random(count) < CHANGED
    later = np.where(changes, (favourite + random.integers(1, len(CATEGORIES), count)) % len(CATEGORIES), favourite)
    joined = np.where(random.random(count) < 0.5, 0.0, random.uniform(0, 0.7 * DAYS, count))
    leaves = np.where(random.random(count) < 0.75, DAYS, joined + random.uniform(0.3, 1.0, count) * (DAYS - joined))
    at = joined + random.uniform(0.35, 0.85, count) * (leaves - joined)
    angle = random.uniform(0, 2 * np.pi, count)
    stamp = START.astype("datetime64[s]") + (at * _DAY).astype(np.int64).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "favourite": np.array(CATEGORIES)[favourite],
            "later": np.array(CATEGORIES)[later],
            "changes_at": np.where(changes, stamp, np.datetime64("NaT")),
            "joined": joined,
            "leaves": leaves,
            "one": np.cos(angle),
            "two": np.sin(angle),
            "kind": random.normal(0, 0.35, count),
            "activity": random.gamma(1.4, 1.0, count) + 0.12,
        },
        index=pd.Index([f"C{number:05d}" for number in random.permutation(count) + 1], name="customer"),
    )


def _ratings(random: np.random.Generator, customers: pd.DataFrame, items: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Who bought what when, each product once, and what they said of it."""
    tries = 2 * rows
    activity = customers["activity"].to_numpy() * (customers["leaves"] - customers["joined"]).to_numpy()
    who = random.choice(len(customers), tries, p=activity / activity.sum())
    joined, leaves = (customers[name].to_numpy()[who] for name in ("joined", "leaves"))
    day = np.floor(joined + random.random(tries) * (leaves - joined))
    second = (day * _DAY + np.clip(random.normal(17.5, 3.2, tries), 6, 23.9) * 3600).astype(np.int64)
    now = _favourite(customers, who, second)
    category = _chosen(random, _demand(day, now))
    liking = customers[["one", "two"]].to_numpy() @ items[["one", "two"]].to_numpy().T  # (customers, items)
    launched = (items["launched"].to_numpy() - START).astype("timedelta64[s]").astype(np.int64)
    weight = items["attraction"].to_numpy() * np.exp(1.1 * liking[who])
    weight *= (items["category"].map(CATEGORIES.index).to_numpy() == category[:, None]) & (launched <= second[:, None])
    what = _chosen(random, weight)
    table = pd.DataFrame({"who": who, "what": what, "second": second, "loved": category == now})
    table = table.drop_duplicates(["who", "what"]).head(rows)
    spare = rows - len(table)
    if spare > 0:  # a tiny shop where everybody has everything
        table = pd.concat([table, table.head(spare).assign(second=table["second"].head(spare) + 3600)])
    who, what = table["who"].to_numpy(), table["what"].to_numpy()
    expected = (
        3.55
        + customers["kind"].to_numpy()[who]
        + 0.35 * items["quality"].to_numpy()[what]
        + 0.75 * liking[who, what]
        + 0.3 * table["loved"].to_numpy()
    )
    stars = np.clip(np.round(expected + random.normal(0, _NOISE, len(table))), 1, 5).astype(int)
    table = pd.DataFrame(
        {
            "customer": customers.index.to_numpy()[who],
            "product": items.index.to_numpy()[what],
            "time": START.astype("datetime64[s]") + table["second"].to_numpy().astype("timedelta64[s]"),
            "stars": stars,
            "expected": np.clip(expected, 1, 5),
        }
    )
    return table.sort_values(["time", "customer", "product"], kind="stable").reset_index(drop=True)


def _favourite(customers: pd.DataFrame, who: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) the favourite category of the customer at that time."""
    before, after = (customers[name].map(CATEGORIES.index).to_numpy()[who] for name in ("favourite", "later"))
    at = customers["changes_at"].to_numpy()[who]
    changed = ~np.isnat(at) & (START + second.astype("timedelta64[s]") >= at)
    return np.where(changed, after, before)


def _demand(day: Floats, favourite: NDArray[np.int64]) -> Floats:
    """(rows, categories) how much each category is wanted: the favourite most, the others alike; times the season."""
    demand = np.full((len(day), len(CATEGORIES)), (1 - _LOYAL) / len(CATEGORIES))
    demand[np.arange(len(day)), favourite] += _LOYAL
    for name, (peak, strength) in _SEASON.items():
        demand[:, CATEGORIES.index(name)] *= np.exp(
            strength * np.cos(2 * np.pi * (day - peak) / 365.25) - 0.4 * strength
        )
    return demand


def _chosen(random: np.random.Generator, weight: Floats) -> NDArray[np.int64]:
    """(rows,) one column of each row, by its share of the row's weight (rows, columns)."""
    upto = np.cumsum(weight, axis=1)
    return np.asarray((upto < random.random(len(weight))[:, None] * upto[:, -1:]).sum(axis=1))


def _as_text(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The cells as the shop's system would hand them over, dirt included; the dirt has a fixed seed of its own."""
    random = np.random.default_rng(20_236)
    count = len(table)
    text = pd.DataFrame(
        {
            "customer": table["customer"].mask(random.random(count) < 0.008, ""),
            "product": table["product"],
            "stars": table["stars"].astype(str).mask(random.random(count) < 0.01, "0"),
            "rated_at": table["time"].dt.strftime("%Y-%m-%d %H:%M"),
        }
    )
    twice = text.iloc[np.flatnonzero(random.random(count) < 0.004)]
    second_thoughts = text.iloc[np.flatnonzero(random.random(count) < 0.01)].copy()
    second_thoughts["stars"] = random.integers(1, 6, len(second_thoughts)).astype(str)
    days = random.integers(1, 20, len(second_thoughts)).astype("timedelta64[D]")
    later = pd.to_datetime(second_thoughts["rated_at"]).to_numpy(dtype="datetime64[s]") + days
    last = START + np.timedelta64(DAYS - 1, "D")
    second_thoughts["rated_at"] = pd.DatetimeIndex(np.minimum(later, last)).strftime("%Y-%m-%d %H:%M")
    size = round(0.06 * rows)
    robot = text.iloc[np.sort(random.choice(count, size, replace=False))].assign(customer=ROBOT, stars="3")
    out = pd.concat([text, twice, second_thoughts, robot], ignore_index=True)
    some = np.sort(random.choice(len(out), rows, replace=False))
    out = out.iloc[some]
    return out.sort_values(["rated_at", "customer", "product", "stars"], kind="stable").reset_index(drop=True)
