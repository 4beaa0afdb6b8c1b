"""The last layer of a network, fitted by itself on cached features and the patient's history, to a certified optimum."""
