"""Recommendation: what should each customer see next?"""

from casestudies.card import Card

CARD = Card(
    name="recommendation",
    title="Product recommendation",
    question="What should each customer see next?",
    decision="show each customer the items that they most probably take next, and learn from what they do",
    needs="one row an interaction: customer and item, a rating and a time as far as they are known; optionally a table of items",
)
