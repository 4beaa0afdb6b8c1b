"""The pages of the optimiser lab. Their fits take a fraction of a second each, so they are made where they are shown."""
