"""What a table of labels means: the columns the study knows by name, whatever the file calls them."""

from __future__ import annotations

from casestudies.tabular.contract import Column, Contract

CONTRACT = Contract(
    (
        Column(
            "file",
            "text",
            "identifier",
            required=True,
            sentence="File name of the image within the folder; the ending may be left out. One row an image.",
            synonyms=(
                "filename", "file_name", "filepath", "file_path", "path", "image", "image_file", "image_path", "image_id", "image_name",
                "img", "img_path", "picture", "film", "name", "dicom", "dicom_file", "dcm", "bild", "datei", "dateiname",
            ),
        ),
        Column(
            "label",
            "category",
            "target",
            sentence="The class: the disease that data.positive names, or another. Rows without one do not train.",
            synonyms=(
                "class", "class_name", "target", "diagnosis", "dx", "pathology", "finding", "outcome", "disease", "truth", "ground_truth",
                "y", "category", "malignant", "cancer", "severity", "diagnose", "klasse", "befund",
            ),
        ),
        Column(
            "patient",
            "identifier",
            "group",
            sentence="Whose image it is. Images of one patient are never split up; a pseudonym takes the place of the name.",
            synonyms=(
                "patient_id", "patientid", "patient_no", "subject", "subject_id", "subjectid", "case", "case_id", "person", "person_id",
                "pid", "pat_id", "patienten_id", "patientennummer", "patnr",
            ),
        ),
        Column(
            "split",
            "category",
            "dropped",
            allowed=("train", "validation", "test"),
            sentence="The part an image belongs to, where it is given.",
            synonyms=("part", "subset", "partition", "fold_name", "set", "split_name"),
        ),
        Column(
            "mask",
            "text",
            "dropped",
            sentence="File of the lesion's mask: white on the lesion. Explanations are scored by it; the model never sees it.",
            synonyms=("mask_file", "mask_path", "mask_name", "segmentation", "roi", "roi_mask", "lesion_mask"),
        ),
        Column(
            "view",
            "category",
            "feature",
            sentence="Projection, e.g. CC or MLO; of DICOM files it is in the header.",
            synonyms=("view_position", "viewposition", "projection"),
        ),
        Column(
            "laterality",
            "category",
            "feature",
            sentence="Left or right; of DICOM files it is in the header.",
            synonyms=("side", "image_laterality", "breast", "left_or_right", "left_or_right_breast"),
        ),
        Column("site", "category", "protected", sentence="Where, or on which device, it was made; figures are told by it.",
               synonyms=("hospital", "centre", "center", "clinic", "institution", "scanner", "device", "manufacturer")),
        Column("age", "number", "protected", unit="years", low=0, high=120, sentence="Age at the image; figures are told by it.",
               synonyms=("patient_age", "age_years", "alter")),
        Column("sex", "category", "protected", sentence="Figures are told by it.", synonyms=("gender", "patient_sex", "geschlecht")),
        Column("density", "category", "protected", sentence="Density of the breast; figures are told by it.",
               synonyms=("breast_density", "acr", "birads_density", "tissue")),
    ),
    extra="ignored",
)  # fmt: skip
GROUPS = ("site", "age", "sex", "density")  # of which figures are told where `data.groups` names no column
