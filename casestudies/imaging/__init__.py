"""Medical imaging: does this image show an early disease?"""

from casestudies.card import Card, Invented

CARD = Card(
    name="imaging",
    title="Early detection on images",
    question="Does this image show the disease?",
    decision="call a patient back, or not, at a stated price of a miss and of a false alarm",
    needs="a folder of images (DICOM, PNG, JPEG, TIFF, PGM) with a table of labels, or one .npz file; optionally patient, site, age and history",
    library="torch",
    extra="torch",
    invented=Invented(
        "SYNTHETIC, no patient: every image was drawn by a generator. Nothing here describes a real patient, and what is learnt from it has no "
        "clinical meaning.",
        "SYNTHETIC, no patient",
    ),
)
