"""The lab's results as report blocks: a sentence that says what to see, the picture, the diagnosis, the lines that make it again.

Every sentence is made from the figures of the result it stands over.
"""

from casestudies.lab.sections import badstart, batches, gradients, landscapes, overfit, realfits, regression

__all__ = ["badstart", "batches", "gradients", "landscapes", "overfit", "realfits", "regression"]
