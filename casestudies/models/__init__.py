"""Estimators that follow scikit-learn's conventions in full; linear models are solved by `casestudies.optim`."""
