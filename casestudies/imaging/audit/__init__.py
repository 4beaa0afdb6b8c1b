"""What is asked of images before anything is learnt from them: twins, conflicting labels, quality, shift."""

from casestudies.imaging.audit.audited import Audit, audit, doubts
from casestudies.imaging.audit.leaks import Leaks, leaks
from casestudies.imaging.audit.quality import FLAGS, QualityReference
from casestudies.imaging.audit.shift import shift_told
from casestudies.imaging.audit.twins import Twins, twins

__all__ = ["FLAGS", "Audit", "Leaks", "QualityReference", "Twins", "audit", "doubts", "leaks", "shift_told", "twins"]
