"""What a table of transactions means. Every further column becomes a feature by its kind."""

from __future__ import annotations

from casestudies.tabular import Column, Contract

CONTRACT = Contract(
    columns=(
        Column(
            "fraud",
            kind="category",
            role="target",
            required=True,
            missing_allowed=False,
            known="after outcome",
            sentence="Whether the transaction was fraud; say which value means so in data.positive.",
        ),
        Column(
            "transaction",
            kind="identifier",
            role="identifier",
            sentence="What the analyst calls the row; never a feature.",
        ),
        Column(
            "time",
            kind="date",
            role="time",
            sentence="When the payment was made; the split goes by it, and so do counts over past days.",
        ),
        Column(
            "card",
            kind="identifier",
            role="group",
            sentence="The card or account that pays; its history becomes features, its name never does.",
        ),
        Column(
            "terminal",
            kind="identifier",
            role="dropped",
            sentence="The shop, terminal or payee; its history becomes features, its name never does.",
        ),
        Column(
            "investigated",
            kind="flag",
            role="dropped",
            known="after outcome",
            sentence="Whether somebody looked at the transaction; labels of the others may be missing without saying so.",
        ),
        Column(
            "amount",
            kind="money",
            role="feature",
            unit="currency",
            low=0,
            sentence="What is paid; missed fraud costs it.",
        ),
    )
)
