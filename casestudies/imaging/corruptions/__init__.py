"""Films as they also come in: fourteen corruptions of five severities, whole batches at a time."""

from casestudies.imaging.corruptions.corruption import SEVERITIES, Corruption
from casestudies.imaging.corruptions.suite import CORRUPTIONS, TRAINED, corrupted

__all__ = ["CORRUPTIONS", "SEVERITIES", "TRAINED", "Corruption", "corrupted"]
