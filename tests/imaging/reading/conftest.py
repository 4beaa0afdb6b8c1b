"""Small films as files of every format, and the settings that read them."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.reading import read_films

GREY = np.add.outer(np.arange(40) * 3, np.arange(32) * 2).astype(np.uint8)  # (40, 32) rising to the lower right


def png_bytes(pixels: np.ndarray = GREY, form: str = "PNG", **more) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **more)
    return file.getvalue()


def dicom_bytes(
    pixels: np.ndarray = GREY, syntax: str = ExplicitVRLittleEndian, bits: int | None = None, **tags
) -> bytes:
    """An uncompressed film with the tags given; a tag of None is left out."""
    data = Dataset()
    allocated = pixels.dtype.itemsize * 8
    given = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2",
        "SOPInstanceUID": "1.2.3",
        "PatientName": "Miller^Anna",
        "PatientID": "MRN-4711",
        "PatientBirthDate": "19610402",
        "InstitutionName": "Mercy Hospital",
        "Modality": "MG",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1 if pixels.ndim == 2 else 3,
        "PhotometricInterpretation": "MONOCHROME2" if pixels.ndim == 2 else "RGB",
        "BitsAllocated": allocated,
        "BitsStored": bits or allocated,
        "HighBit": (bits or allocated) - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": pixels.tobytes(),
    }
    if pixels.ndim == 3:
        given["PlanarConfiguration"] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that the standard does not allow are the point
        for name, value in (given | tags).items():
            if value is not None:
                setattr(data, name, value)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


@pytest.fixture(scope="session")
def png():
    """`png_bytes`, for test modules, which cannot import this file."""
    return png_bytes


@pytest.fixture(scope="session")
def dicom():
    """`dicom_bytes`."""
    return dicom_bytes


@pytest.fixture
def settings():
    """Settings of the study from {section: values}; the disease is called "ill" unless data says otherwise."""

    def of(**sections) -> ImagingSettings:
        return ImagingSettings(**{"data": {"positive": "ill"}, **sections})

    return of


@pytest.fixture
def shelf(tmp_path):
    """A folder of 24 films by two patients each, with a table of labels; `also` adds files, `columns` changes the table."""

    def made(also: dict[str, bytes] | None = None, labels: str | None = "", names: str = "f{:02d}.png", **columns):
        import pandas as pd

        random = np.random.default_rng(0)
        for number in range(24):
            film = random.integers(0, 256, (20, 24)).astype(np.uint8)
            (tmp_path / names.format(number)).write_bytes(png_bytes(film))
        table = {
            "file": [names.format(number) for number in range(24)],
            "label": ["ill" if number % 3 == 0 else "well" for number in range(24)],
            "patient": [f"MRN-{number // 2:03d}" for number in range(24)],
        }
        table = pd.DataFrame(table | columns)
        if labels is not None:
            gone = [name for name, cells in columns.items() if cells is None]
            table.drop(columns=gone).to_csv(tmp_path / "labels.csv", index=False)
        for name, content in (also or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        return tmp_path

    return made


@pytest.fixture
def read(settings):
    """What reading a path gives."""
    return lambda path, labels=None, *, training=True, **sections: read_films(
        path, labels, settings(**sections), training=training
    )
