"""Reading a stranger's images: DICOM, PNG, JPEG, TIFF, PGM and .npz, each made small as it is read, every choice said.

film, formats, rasters, dicom      one file to grey values with its facts, or a reason
tags, windows                      what a DICOM header says
holdings, arrays, layout           where images lie, and what their places say
labels, matching, columns          the table of labels
classes, patients                  words to labels, ids to pseudonyms
planned, sources, taking, reader   what is to be read, and the reading
told, beside, lesions              what is to be said of it
opening                            the study's door
"""

from casestudies.imaging.reading.lesions import LesionSize, lesion_words
from casestudies.imaging.reading.opening import Loaded, check, opened
from casestudies.imaging.reading.reader import Read, read_films, read_new
from casestudies.imaging.reading.taking import Skipped

__all__ = ["LesionSize", "Loaded", "Read", "Skipped", "check", "lesion_words", "opened", "read_films", "read_new"]
