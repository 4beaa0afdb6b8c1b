"""What a customer table means: the columns the study knows by name. Every further column becomes a feature by its kind."""

from __future__ import annotations

from casestudies.tabular import Column, Contract

CONTRACT = Contract(
    columns=(
        Column(
            "left",
            kind="category",
            role="target",
            required=True,
            missing_allowed=False,
            known="after outcome",
            sentence="Whether the customer left; say which value means so in data.positive.",
        ),
        Column(
            "customer",
            kind="identifier",
            role="identifier",
            sentence="Who the customer is; never a feature. Name it under data.group where a customer has several rows.",
        ),
        Column(
            "as_of",
            kind="date",
            role="time",
            sentence="The date of the snapshot: everything else in the row was known then; the split goes by it.",
        ),
        Column(
            "clv",
            kind="money",
            role="money",
            unit="currency",
            low=0,
            sentence="What the customer is worth if kept (customer lifetime value); made by `value` where the file has none.",
        ),
        Column(
            "tenure_months",
            kind="number",
            unit="months",
            low=0,
            sentence="How long the customer has been with us.",
        ),
        Column(
            "monthly_margin",
            kind="money",
            unit="currency a month",
            sentence="What the customer earns us a month, after costs.",
        ),
    )
)
