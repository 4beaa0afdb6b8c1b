"""Better settings for a study, searched on its training rows: the verb `tune`, for every study.

asked                   what is asked of a search, checked before anything is read
tunable                 what a study says of itself: goals, space, and its rows ready to be tried on (`Bench`)
conduct, nested         the steps; the honest figure of a search inside a search
told, record            what the folder holds
findings, sections      how the folder is read and reported
verb                    a study as it is for such folders
tables, table_space     the table studies' bench

A study whose data are no table brings its own `Tunable`.
"""

from casestudies.workflow.tuned.verb import TUNE_TABLES, Tuning

__all__ = ["TUNE_TABLES", "Tuning"]
