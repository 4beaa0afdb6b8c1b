"""The columns that tables of interactions, of items and of users are known by."""

from __future__ import annotations

from casestudies.tabular.contract import Column, Contract

ROWS = Contract(
    (
        Column(
            "user",
            "identifier",
            "user",
            required=True,
            sentence="Who: a customer, reader or visitor. Rows without one (guest orders) are left out and counted.",
            synonyms=(
                "user_id", "userid", "uid", "customer", "customer_id", "customerid", "customer_no", "cust_id", "client", "client_id",
                "visitor", "visitor_id", "visitorid", "member", "member_id", "reviewer", "reviewer_id", "account", "account_id",
                "session", "session_id", "buyer", "buyer_id", "shopper", "shopper_id", "person", "household", "household_key",
                "kunde", "kunden", "kundennr", "kunden_nr", "kundennummer", "kunden_id", "client_no", "cliente",
            ),
        ),
        Column(
            "item",
            "identifier",
            "item",
            required=True,
            sentence="What: a product, film, book or article.",
            synonyms=(
                "item_id", "itemid", "iid", "product", "product_id", "productid", "sku", "stock_code", "stockcode", "article",
                "article_id", "movie", "movie_id", "movieid", "film", "film_id", "book", "book_id", "isbn", "asin", "song", "song_id",
                "track", "track_id", "artist", "artist_id", "game", "game_id", "recipe_id", "business_id", "anime_id", "content_id",
                "artikel", "artikelnr", "artikel_nr", "artikelnummer", "artikel_id", "produkt", "produktnummer", "producto", "produit",
            ),
        ),
        Column(
            "rating",
            "number",
            "target",
            sentence="What the user said of the item, on a scale such as 1 to 5; without it every row is an act.",
            synonyms=("ratings", "user_rating", "score", "stars", "star_rating", "grade", "overall", "review_score", "bewertung", "nota", "sterne"),
        ),
        Column(
            "time",
            "date",
            "time",
            sentence="When; needed for splits by time, for recency and to know which of two ratings is the later.",
            synonyms=(
                "timestamp", "date", "datetime", "order_date", "invoice_date", "invoicedate", "purchase_date", "event_time", "ts",
                "created_at", "ordered_at", "bought_at", "rated_at", "unix_time", "review_time", "unix_review_time", "day", "datum",
                "zeit", "fecha",
            ),
        ),
        Column(
            "event",
            "category",
            "weight",
            sentence="What kind of act, such as view, cart or buy; each kind can weigh its own.",
            synonyms=("event_type", "event_name", "action", "action_type", "behavior", "behaviour", "behavior_type", "interaction_type"),
        ),
        Column(
            "quantity",
            "number",
            "weight",
            sentence="How many of an order line; below 0 is a return and takes earlier purchases away.",
            synonyms=("qty", "units", "amount_of_units", "count", "plays", "play_count", "playcount", "listen_count", "menge"),
        ),
        Column(
            "weight",
            "number",
            "weight",
            sentence="How much an act counts, above 0.",
            synonyms=("strength", "confidence"),
        ),
    ),
    extra="ignored",
)  # fmt: skip

ITEMS = Contract(
    (
        Column("title", "text", sentence="What people call the item.", synonyms=(
            "name", "product_name", "item_name", "movie_title", "book_title", "product_title", "description", "bezeichnung", "titel",
        )),
        Column("category", "category", sentence="The kind of item, for lists with at most so many of a kind.", synonyms=(
            "product_category", "category_name", "department", "genre", "genres", "group", "product_group", "kategorie", "warengruppe",
        )),
        Column("price", "money", unit="currency", sentence="What the item costs the customer.", synonyms=(
            "unit_price", "list_price", "sale_price", "preis",
        )),
        Column("margin", "money", "money", unit="currency", sentence="What a sale earns; lists can weigh it.", synonyms=(
            "unit_margin", "profit", "contribution", "marge",
        )),
        Column("stock", "number", "dropped", unit="pieces", sentence="How many are there now; 0 or less is not recommended.", synonyms=(
            "in_stock", "inventory", "available", "availability", "on_hand", "stock_level", "lagerbestand", "bestand",
        )),
    )
)  # fmt: skip

USERS = Contract()
NAMES = {  # other names of the id in the tables of items and users
    "item": ("id", "item", *ROWS["item"].synonyms),
    "user": ("id", "user", *ROWS["user"].synonyms),
}
