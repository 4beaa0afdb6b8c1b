"""DICOM: one grey film with its window, spacing, view and side; everything else is refused with the reason.

No text of a header leaves this module but codes that the standard defines: libraries put values of the header into their
messages, so a message of theirs is never passed on. Sources: DICOM PS3.3 C.7.6.3 (pixels), C.8.11.7
(views); PS3.5 annex A (transfer syntaxes).
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.preparation import Facts, Preparation
from casestudies.imaging.reading.film import Film, Refused, refuse_large
from casestudies.imaging.reading.tags import code_of, number_of, text_of, whole_of
from casestudies.imaging.reading.windows import by_table, windowed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PREAMBLE = 128
_SHAPES = frozenset({"MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_422", "HSV", "ARGB", "CMYK"})  # fmt: skip
_COLOURS = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
RADIOGRAPHY = frozenset({"MG", "DX", "CR", "RG", "CT", "PX", "IO", "XA", "RF"})
_MODALITIES = RADIOGRAPHY | frozenset({"MR", "US", "IVUS", "NM", "PT", "OP", "OPT", "XC", "ES", "GM", "SM", "DMS", "OT", "BI", "TG", "SC"})  # fmt: skip
_VIEWS = frozenset({"AP", "PA", "LL", "RL", "RLD", "LLD", "LLO", "RLO", "CC", "MLO", "ML", "LM", "LMO", "XCC", "XCCL", "XCCM", "FB", "SIO", "ISO", "CV", "AT", "LAT", "LATERAL"})  # fmt: skip
_DEFLATED = "1.2.840.10008.1.2.1.99"
_JPEG_2000 = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203))
_CONVERT = "write it again uncompressed or as JPEG 2000 (gdcmconv --raw, dcmdjpeg)"


def read_dicom(content: bytes, preparation: Preparation) -> Film:
    """The one image of a DICOM file, rescaled; black and white as its window says, else as its bit depth does.

    Raises
    ------
    Refused: no header, no or too few pixels, several frames, colours where grey is wanted, a compression that needs a
        decoder that is not here, or more pixels than are allowed, by the header and before anything is decoded.
    """
    if content[PREAMBLE : PREAMBLE + 4] != b"DICM":
        raise Refused(f"not readable as DICOM (no preamble; {len(content):,} bytes)")
    with _silence():
        try:
            return _read(content, preparation)
        except Refused:
            raise
        except Exception:  # values are converted when they are asked for, and a damaged one fails in any way
            raise Refused(f"not readable as DICOM (damaged or cut short; {len(content):,} bytes)") from None


@contextmanager
def _silence() -> Iterator[None]:
    """pydicom warns, and logs, with values of the header: neither may reach a terminal or a log."""
    log = logging.getLogger("pydicom")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


def _read(content: bytes, preparation: Preparation) -> Film:
    data = _parsed(content)
    syntax = _syntax(data)
    modality = code_of(data, "Modality", _MODALITIES)
    _refuse_shape(data, modality, preparation)
    _refuse_bytes(data, syntax, preparation.most_pixels)
    return _film(data, _decoded(data), modality, preparation)


def _parsed(content: bytes) -> Dataset:
    from pydicom import dcmread
    from pydicom.filereader import read_dataset

    stream = io.BytesIO(content)
    stream.seek(PREAMBLE + 4)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
    if str(meta.get("TransferSyntaxUID", "")) == _DEFLATED:  # it unpacks to any size before a header is seen
        raise Refused("its header is packed (deflated)", advice=_CONVERT)
    return dcmread(io.BytesIO(content))


def _syntax(data: Dataset) -> str:
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    uid = UID(str(getattr(data, "file_meta", {}).get("TransferSyntaxUID", "")))
    if not uid:
        raise Refused("not readable as DICOM (it does not say how its pixels are packed)")
    name = uid.name if not uid.is_private and uid.name != uid else "a transfer syntax that is not known"
    try:
        there = get_decoder(uid).is_available
    except NotImplementedError:
        there = False
    if not there:
        raise Refused(f"its pixels are packed as {name}, and no decoder for it is here", advice=_CONVERT)
    return str(uid)


def _refuse_shape(data: Dataset, modality: str, preparation: Preparation) -> None:
    if "PixelData" not in data:
        raise Refused("it holds no image")
    refuse_large(whole_of(data, "Rows"), whole_of(data, "Columns"), preparation.most_pixels)
    frames = whole_of(data, "NumberOfFrames", 1)
    if frames != 1:
        raise Refused(f"{frames:,} frames; one image is wanted", advice="export the frame that is to be read")
    samples = whole_of(data, "SamplesPerPixel", 1)
    shape = code_of(data, "PhotometricInterpretation", _SHAPES) or "unknown"
    grey = samples == 1 and shape.startswith("MONOCHROME")
    if grey:
        return
    expected = "expected one grey image"
    if preparation.channels == 3 and samples == 3 and shape in _COLOURS:
        if modality not in RADIOGRAPHY:
            return
        expected = f"a film of modality {modality} is grey"
    many = f"{samples} sample{'s' if samples != 1 else ''} a pixel"
    raise Refused(f"{many}, PhotometricInterpretation {shape}; {expected}")


def _refuse_bytes(data: Dataset, syntax: str, most: int) -> None:
    """Too few bytes for what the header declares, or a packed image that declares another size than the header."""
    from pydicom.encaps import get_frame
    from pydicom.uid import UID

    rows, columns = whole_of(data, "Rows"), whole_of(data, "Columns")
    bits = whole_of(data, "BitsAllocated")
    if bits not in (8, 16, 32):
        raise Refused(f"{bits} bits a grey value; 8, 16 or 32 are read")
    if not UID(syntax).is_compressed:
        needed = rows * columns * whole_of(data, "SamplesPerPixel", 1) * bits // 8
        if len(data.PixelData) < needed:
            raise Refused(f"cut short: {len(data.PixelData):,} of {needed:,} bytes of pixels are there")
    elif syntax in _JPEG_2000:
        from openjpeg.utils import get_parameters

        try:
            packed = get_parameters(get_frame(data.PixelData, 0, number_of_frames=1))
        except Exception:  # the decoder's own errors, and those of the encapsulation
            raise Refused("its JPEG 2000 pixels are damaged or cut short") from None
        size = int(packed["rows"]), int(packed["columns"])
        refuse_large(*size, most)
        if size != (rows, columns):
            raise Refused("the header and the JPEG 2000 image in it declare different sizes")


def _decoded(data: Dataset) -> NDArray[Any]:
    from pydicom.pixels import pixel_array

    try:
        stored = np.asarray(pixel_array(data))
    except Exception:  # any of four decoders' own errors; a file of a stranger must not stop the others
        raise Refused("its pixels cannot be decoded; the file is damaged or cut short") from None
    samples = whole_of(data, "SamplesPerPixel", 1)
    if stored.shape != (whole_of(data, "Rows"), whole_of(data, "Columns"), *([samples] if samples > 1 else [])):
        raise Refused("its pixels are not of the shape that its header declares")
    return stored


def _film(data: Dataset, stored: NDArray[Any], modality: str, preparation: Preparation) -> Film:
    slope, intercept = number_of(data, "RescaleSlope", 1.0) or 1.0, number_of(data, "RescaleIntercept", 0.0)
    bits = min(max(whole_of(data, "BitsStored", 8), 1), 32)
    least = -(2 ** (bits - 1)) if whole_of(data, "PixelRepresentation") else 0
    ends = sorted((least * slope + intercept, (least + 2**bits - 1) * slope + intercept))
    pixels = stored
    if data.get("ModalityLUTSequence") and stored.ndim == 2:
        pixels, ends = by_table(data, stored, "ModalityLUTSequence")
    elif (slope, intercept) != (1.0, 0.0):
        pixels = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    if preparation.window == "file" and stored.ndim == 2:
        pixels, ends = windowed(data, pixels, ends)
    facts = Facts(
        format="DICOM",
        bits=bits,
        black=float(ends[0]),
        white=float(ends[1]),
        inverted=data.PhotometricInterpretation == "MONOCHROME1",
        spacing=_spacing(data),
        view=code_of(data, "ViewPosition", _VIEWS),
        laterality=code_of(data, "ImageLaterality", frozenset("LRBU")) or code_of(data, "Laterality", frozenset("LR")),
        modality=modality,
        patient=str(data.get("PatientID", "") or "").strip(),
        raw=text_of(data, "PresentationIntentType") == "FOR PROCESSING",
        synthetic=text_of(data, "PatientName").startswith("SYNTHETIC^"),
    )
    return Film(pixels, facts)


def _spacing(data: Dataset) -> tuple[float, float] | None:
    """mm a pixel by row and column: PixelSpacing, which is of the patient, else that of the detector."""
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        values = data.get(name)
        try:
            row, column = (float(value) for value in values)
        except (TypeError, ValueError):
            continue
        if 1e-3 < row < 100 and 1e-3 < column < 100:  # some writers put zeros
            return row, column
    return None
