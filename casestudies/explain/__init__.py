"""Why the model gave this score: SHAP and LIME behind one shape, and the tests that an explanation has to pass.

explanation   the values, grouped to source columns, ranked, averaged
linear        exact for linear scores
trees         exact for boosted trees
lime          local lines around a row of a table, repeated over seeds; the only module that knows the lime library
permutation   any other model, by asking it within a budget, with standard errors
interactions  pairs of columns that a model reads together
deletion      deletion and insertion against random columns
sanity        shuffled labels, and what was planted in a demo
quality       additivity, agreement, and when not to trust an explanation
images/       maps of where in an image a network looks, and their tests
"""

from casestudies.explain.deletion import DeletionTest, deletion_test
from casestudies.explain.explanation import LOG_ODDS, Explanation, Importance
from casestudies.explain.interactions import Interactions, interactions
from casestudies.explain.lime import LimeExplanation, explain_lime
from casestudies.explain.linear import explain_linear
from casestudies.explain.permutation import Sampled, explain_any
from casestudies.explain.quality import Agreement, additivity_error, agreement, doubts
from casestudies.explain.sanity import LabelTest, Recovery, label_test, recovery
from casestudies.explain.trees import explain_trees

__all__ = [
    "LOG_ODDS",
    "Agreement",
    "DeletionTest",
    "Explanation",
    "Importance",
    "Interactions",
    "LabelTest",
    "LimeExplanation",
    "Recovery",
    "Sampled",
    "additivity_error",
    "agreement",
    "deletion_test",
    "doubts",
    "explain_any",
    "explain_lime",
    "explain_linear",
    "explain_trees",
    "interactions",
    "label_test",
    "recovery",
]
