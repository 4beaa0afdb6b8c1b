"""Learning with money: one loss for a line, trees and steps, decided by each row's own costs.

`classifier.CostSensitiveClassifier` is the estimator; `lesson.Lesson` is what the recipes of the studies share with it.
"""
