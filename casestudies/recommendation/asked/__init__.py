"""The settings of the study, a group a module."""
