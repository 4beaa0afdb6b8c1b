"""Synthetic films as files: PNG and DICOM, each of which says that there is no patient."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.films import Films
from casestudies.imaging.synthetic.drawing import NOTICE

_MAMMOGRAM = "1.2.840.10008.5.1.4.1.1.1.2"  # Digital Mammography X-Ray Image Storage, for presentation
_BITS = 12


def png(grey: NDArray[np.uint8]) -> bytes:
    """An image (side, side) with the notice in its text; the same bytes for the same pixels."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    text, file = PngInfo(), io.BytesIO()
    text.add_text("Comment", NOTICE)
    Image.fromarray(grey).save(file, "PNG", pnginfo=text, optimize=True)
    return file.getvalue()


def film_png(films: Films, row: int) -> bytes:
    """The film as 8-bit PNG; reading it back gives the same pixels."""
    return png(np.round(films.pixels[row, 0] * 255).astype(np.uint8))


def mask_png(films: Films, row: int) -> bytes:
    """White where the lesion is."""
    if films.masks is None:
        raise ValueError("these films have no masks")
    return png(films.masks[row].astype(np.uint8) * np.uint8(255))


def dicom(films: Films, row: int, inverted: bool = False) -> bytes:
    """The film as an uncompressed mammogram of 12 bits. inverted: MONOCHROME1, where 0 is white."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    who, about = films.patient[row], films.table.iloc[row]
    white = 2**_BITS - 1
    grey = np.round(films.pixels[row, 0] * white).astype("<u2")
    data = Dataset()
    data.SOPClassUID = _MAMMOGRAM
    data.SOPInstanceUID = generate_uid(entropy_srcs=[NOTICE, str(films.names[row])])
    data.StudyInstanceUID = generate_uid(entropy_srcs=[NOTICE, str(who)])
    data.SeriesInstanceUID = generate_uid(entropy_srcs=[NOTICE, str(who), "series"])
    data.PatientName, data.PatientID = f"SYNTHETIC^{who.upper()}", f"SYNTHETIC-{who}"
    data.Modality, data.ImageType, data.ImageComments = "MG", ["DERIVED", "SECONDARY"], NOTICE
    data.ImageLaterality, data.ViewPosition = about["laterality"], about["view"]
    data.ImagerPixelSpacing = [float(films.facts["spacing"].iloc[row])] * 2
    data.Rows = data.Columns = films.side
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, _BITS, _BITS - 1, 0
    data.PixelData = (white - grey if inverted else grey).astype("<u2").tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()
