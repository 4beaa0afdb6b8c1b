"""The table from above in the words of the report."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd

from casestudies.credit.config import CreditSettings
from casestudies.credit.study import WORDS
from casestudies.report import Figure, Text
from casestudies.workflow.compare import Sample
from casestudies.workflow.sections.views import views_blocks
from casestudies.workflow.views import views_told


def test_the_pictures_come_with_what_they_mean():
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"age": random.normal(size=200), "income": random.normal(size=200)})
    y = (frame["age"] > 1).to_numpy(dtype=float)
    told = views_told(
        Sample(frame, y, np.ones(200)), {"age": "number", "income": "number"}, CreditSettings(study="credit")
    )
    f = SimpleNamespace(analysis={"views": json.loads(json.dumps(told))}, study=SimpleNamespace(words=WORDS))
    _, text, figure = views_blocks(f)
    assert isinstance(text, Text)
    assert isinstance(figure, Figure)
    assert "hold 100 % of their variation, and 2 are needed for 90 %" in text.text
    assert "had a default too" in text.text
    assert "distances between them do not" in figure.caption
    assert views_blocks(SimpleNamespace(analysis={})) == ()
