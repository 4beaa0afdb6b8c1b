"""Churn: whom should we try to keep, and with how much?"""

from casestudies.card import Card

CARD = Card(
    name="churn",
    title="Customer retention",
    question="Whom should we try to keep, and with how much?",
    decision="contact those customers whose expected loss is worth more than the attempt to keep them, within the budget",
    needs="one row a customer at a date: what was known then, and whether the customer left afterwards; or the events",
)
