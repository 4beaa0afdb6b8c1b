"""Where in an image a network looks: three maps behind one shape, and the tests that a map has to pass.

seen         what an explained network has to offer; the score of several as one
cam          Grad-CAM: which places of the network's maps raise the score
shapley      SHAP values of pixels by integrated gradients, against the blurred image
local        LIME: squares of the image blurred at random, and a straight line through the answers
curves       deletion and insertion: does the score follow when what a map names is taken away, or shown alone?
pointing     the pointing game, where the true place is known
likeness     do two maps tell the same story? does a map change when the network's weights are drawn anew?

A map is (side, side) float64, larger where more speaks for the disease.
"""
