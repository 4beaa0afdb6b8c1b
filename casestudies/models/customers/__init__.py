"""What a customer is worth: models of buying without a contract, of amounts, and of staying under one.

All are fitted by maximum likelihood on the core, on rows that are grouped where histories are equal, and say how sure
their parameters are.
"""

from casestudies.models.customers.contracts import ContractModel
from casestudies.models.customers.purchases import Holdout, PurchaseModel, Terms, holdout

__all__ = ["ContractModel", "Holdout", "PurchaseModel", "Terms", "holdout"]
