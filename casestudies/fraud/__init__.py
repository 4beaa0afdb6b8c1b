"""Fraud: which transactions should be stopped or looked at?"""

from casestudies.card import Card

CARD = Card(
    name="fraud",
    title="Payment fraud",
    question="Which transactions should be stopped or looked at?",
    decision="alert on those transactions whose expected loss is worth more than a false alarm, within the day's capacity",
    needs="one row a transaction: time, card, terminal and amount as far as they are known, and whether it was fraud",
)
