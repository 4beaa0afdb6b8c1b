"""The words of a report: those that stand in it, and no others."""

from casestudies.report import Code, Figure, Metric, Metrics, Report, Section, Table, Text, glossary
from casestudies.report.glossary import TERMS

HIDDEN = Table("Behind", ("PSI", "b"), (("1", "2"),), (True, True))


def report(*blocks):
    return Report("T", "", "r", "", "1", (Section("a", "A", blocks),))


def words(section):
    return [row[0] for row in section.blocks[0].rows]


def test_terms_are_found_in_every_kind_of_block_but_code():
    found = glossary(
        report(
            Text("The ROC tells."),
            Metrics((Metric("AUC", "0.8", "", "a champion"),)),
            Table("Brier", ("Model", "KS"), (("SHAP values", "0.1"),), (False, True)),
            Figure({"mark": "bar"}, "Uplift by group", "bars", HIDDEN),
            Code("SMOTE"),
        )
    )
    assert words(found) == ["AUC", "Brier", "Champion", "KS", "PSI", "ROC", "SHAP", "Uplift"]


def test_parts_of_other_words_and_numbers_do_not_count():
    assert glossary(report(Text("AUCTION of MAPS, KS2, over LIMEstone"), Text("ROCs"))) is None
    few = report(Text("AUC and ROC"))
    assert glossary(few) is None


def test_terms_are_in_order_and_say_a_sentence():
    assert words(glossary(report(Text("SHAP, AUC, Brier and log loss")))) == ["AUC", "Brier", "Log loss", "SHAP"]
    for term, (_, meaning) in TERMS.items():
        assert meaning.endswith((".", ":")), term
        assert "  " not in meaning
