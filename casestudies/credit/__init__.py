"""Credit risk: will this applicant repay, and is the loan worth it?"""

from casestudies.card import Card

CARD = Card(
    name="credit",
    title="Credit risk",
    question="Will this applicant repay?",
    decision="accept or decline each application, by what a default and a lost customer would cost",
    needs="one row an application: what was known when it was decided, and whether the loan went bad",
)
