"""SYNTHETIC films: mammogram-like patches of patients who do not exist, made from a seed.

They demonstrate the study and test it: the lesion's true place, the true risk and a planted shortcut are known. They say nothing about
any patient, scanner or disease, and no figure reached on them is a claim about real films.
"""

from casestudies.imaging.synthetic.drawing import CLASSES, NOTICE, Drawn, drawn, films

__all__ = ["CLASSES", "NOTICE", "Drawn", "drawn", "films"]
