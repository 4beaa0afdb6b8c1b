"""What a loan table means: the columns the study knows by name. Every further column becomes a feature by its kind."""

from __future__ import annotations

from casestudies.tabular import Column, Contract

CONTRACT = Contract(
    columns=(
        Column(
            "default",
            kind="category",
            role="target",
            required=True,
            missing_allowed=False,
            known="after outcome",
            sentence="Whether the loan went bad; say which value means so in data.positive.",
        ),
        Column(
            "application",
            kind="identifier",
            role="identifier",
            sentence="What the analyst calls the row; never a feature.",
        ),
        Column(
            "applied_on",
            kind="date",
            role="time",
            sentence="When the application was decided; the split then goes by time.",
        ),
        Column(
            "credit_line",
            kind="money",
            role="feature",
            unit="currency",
            low=0,
            sentence="The amount lent, or the limit granted.",
        ),
        Column(
            "interest_margin",
            kind="money",
            role="money",
            unit="currency",
            low=0,
            sentence="What a loan that is repaid earns over its life, after funding costs.",
        ),
        Column(
            "income",
            kind="money",
            role="feature",
            unit="currency a month",
            low=0,
            sentence="The applicant's income.",
        ),
        Column(
            "term_months",
            kind="whole",
            unit="months",
            low=1,
            high=600,
            sentence="How long the loan runs.",
        ),
        Column(
            "past_delays",
            kind="whole",
            low=0,
            sentence="How often the applicant paid late before.",
        ),
        Column(
            "age",
            kind="number",
            role="feature",
            unit="years",
            low=15,
            high=120,
            sentence="Age at application; list it under data.protected where it must not be a reason.",
        ),
        Column(
            "recovered",
            kind="money",
            role="feature",
            unit="currency",
            known="after outcome",
            sentence="What was collected after a default: known only afterwards, so never a feature.",
        ),
    )
)
