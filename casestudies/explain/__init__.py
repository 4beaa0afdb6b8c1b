"""Why the model gave this score: SHAP and LIME behind one shape, and the tests that an explanation has to pass.

explanation   the values, grouped to source columns, ranked, averaged
linear        exact for linear scores
trees         exact for boosted trees
lime          local lines around a row of a table, repeated over seeds; the only module that knows the lime library
quality       additivity, deletion, agreement, and when not to trust them
images/       maps of where in an image a network looks, and their tests
"""

from casestudies.explain.explanation import LOG_ODDS, Explanation, Importance
from casestudies.explain.lime import LimeExplanation, explain_lime
from casestudies.explain.linear import explain_linear
from casestudies.explain.quality import Agreement, DeletionTest, additivity_error, agreement, deletion_test, doubts
from casestudies.explain.trees import explain_trees

__all__ = [
    "LOG_ODDS",
    "Agreement",
    "DeletionTest",
    "Explanation",
    "Importance",
    "LimeExplanation",
    "additivity_error",
    "agreement",
    "deletion_test",
    "doubts",
    "explain_lime",
    "explain_linear",
    "explain_trees",
]
