"""How interactions are read: which column is what, the scale, repeats, returns, weights, and the tables of items and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from casestudies.workflow.settings import Data, Read, Section, basic

if TYPE_CHECKING:
    from casestudies.tabular.interactions import Options, SideTable


class RecommendationData(Data):
    """Which file, and which of its columns is what; null: found by name and content, and said."""

    user: str | None = basic(None, description="Column with the user, customer or reader.")
    item: str | None = basic(None, description="Column with the item, product or film.")
    rating: str | None = basic(
        None, description="Column with ratings; without one every row is an act (implicit feedback)."
    )
    time: str | None = basic(None, description="Column with the time of the row; the split then follows it.")
    event: str | None = basic(None, description="Column with the kind of event, such as view, cart or buy.")
    quantity: str | None = basic(None, description="Column with how many of an order line; below 0 is a return.")
    weight: str | None = Field(None, description="Column with what a row counts, above 0; only of implicit feedback.")
    drop: list[str] = Field([], description="Columns that are not looked at.")
    where: str | None = Field(None, description="Formula: which rows to keep, e.g. country == 'DE'.")
    derive: dict[str, str] = Field({}, description="New columns by formula, made before anything is read from them.")
    files: dict[str, str] = basic(
        {}, description="Further tables: {items: file} and {users: file}, one row for each; {experiment: file}, a test."
    )


class SideColumns(Section):
    """How the table of users is read; null: found by name and content, and said."""

    id: str | None = Field(None, description="Column with the id that the interactions name.")
    drop: list[str] = Field([], description="Columns that are not used.")
    dates: dict[str, str] = Field({}, description="Column: its date format, e.g. '%d.%m.%Y'.")
    categories: list[str] = Field([], description="Columns whose numbers are codes.")
    numbers: list[str] = Field([], description="Columns of few whole numbers that are amounts and no grades.")
    read: Read = Read()

    def table(self) -> SideTable:
        """As the reader takes it."""
        from casestudies.tabular.interactions import SideTable
        from casestudies.tabular.read import ReadOptions

        read = self.read
        columns = {name: getattr(self, name) for name in _ITEM_COLUMNS if getattr(self, name, None) is not None}
        names = None if read.names is None else tuple(read.names)
        options = ReadOptions(
            read.separator,
            read.decimal,
            read.encoding,
            read.header,
            names,
            tuple(read.missing),
            read.sheet,
            skip_broken=True,
        )
        return SideTable(
            self.id, columns, tuple(self.drop), self.dates, tuple(self.categories), tuple(self.numbers), options
        )


class ItemColumns(SideColumns):
    """How the table of items is read; null: found by name and content, and said."""

    title: str | None = basic(None, description="Column with what people call the item.")
    category: str | None = basic(None, description="Column with the kind of item, for filters and lists of many kinds.")
    price: str | None = Field(None, description="Column with the price.")
    margin: str | None = Field(None, description="Column with what a sale earns; lists can weigh it.")
    stock: str | None = Field(None, description="Column with how many are there; 0 or less is not recommended.")


_ITEM_COLUMNS = ("title", "category", "price", "margin", "stock")


class Reading(Section):
    """What becomes of rows that are odd, repeated or few."""

    feedback: Literal["auto", "explicit", "implicit"] = basic(
        "auto",
        description="explicit: ratings are predicted; implicit: acts are; auto: ratings where there are any that differ.",
    )
    scale: Annotated[list[Annotated[float, Field(ge=-1e12, le=1e12)]], Field(min_length=2, max_length=2)] | None = (
        basic(None, description="Least and greatest rating, e.g. [1, 5]; null: found.")
    )
    zero_is_missing: bool | None = Field(None, description="Whether a rating of 0 means not rated; null: found.")
    liked: float | None = Field(
        None, description="Least rating that counts as an act where feedback is implicit; null: all do."
    )
    repeats: Literal["auto", "last", "first", "mean", "sum", "keep"] = Field(
        "auto",
        description="Several rows of one user and item; auto: the last rating; of acts each time is one, the rest are added.",
    )
    event_weights: dict[str, Annotated[float, Field(ge=0, le=1e6)]] = Field(
        {}, description="Kind of event: what it counts, e.g. {view: 1, cart: 3, buy: 5}; others count nothing."
    )
    logarithm: bool = Field(True, description="Quantities count by log2(1 + quantity): 1 counts 1, 1000 counts 10.")
    user_core: int = Field(0, ge=0, le=100_000, description="Users with fewer rows are left out; 0: none.")
    item_core: int = Field(0, ge=0, le=100_000, description="Items with fewer rows are left out; 0: none.")
    today: str | None = Field(
        None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="Date after which dates are questioned, e.g. 2026-01-31."
    )
    items: ItemColumns = ItemColumns()
    users: SideColumns = SideColumns()

    def options(self, data: RecommendationData) -> Options:
        """As `read_interactions` takes them."""
        from casestudies.tabular.interactions import Options

        same: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "feedback", "zero_is_missing", "liked", "repeats", "event_weights", "logarithm", "user_core", "item_core", "today",
            )
        }  # fmt: skip
        return Options(
            **same,
            scale=None if self.scale is None else (self.scale[0], self.scale[1]),
            drop=tuple(data.drop),
            where=data.where,
            derive=data.derive,
            dates=data.dates,
            items=self.items.table(),
            users=self.users.table(),
        )
