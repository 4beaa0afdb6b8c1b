from importlib import import_module

import pytest

from casestudies.runs import studies


def links(app):
    return [link.proto for link in app.get("page_link")]


def test_every_study_has_its_question_its_decision_and_its_needs_side_by_side(visitor):
    app = visitor.open("home")
    said = visitor.words(app)
    for name in studies():
        card = import_module(f"casestudies.{name}").CARD
        for words in (card.title, card.question, card.decision, card.needs):
            assert words in said
    assert len(app.columns) >= len(studies()) == 5
    assert [button.key for button in app.button] == [f"demo:{name}" for name in studies()]


def test_ones_own_data_leads_to_the_upload_and_not_to_the_demo(visitor):
    own = [link for link in links(visitor.open("home")) if link.label == "Use your data"]
    assert [link.query_string for link in own] == [f"study={name}&own=file" for name in studies()]
    app = visitor.open("data", study="fraud", own="file")
    assert app.radio[0].value == "My own file"
    assert len(app.get("file_uploader")) == 1


@pytest.mark.parametrize("study", ["churn", "fraud"])
def test_the_pages_of_one_study_show_no_other(visitor, study):
    app = visitor.open("home", door=study)
    assert [button.key for button in app.button] == [f"demo:{study}"]
    assert not app.exception
    data = visitor.open("data", door=study, own="file")
    assert not any(box.label == "Study" for box in data.selectbox)
