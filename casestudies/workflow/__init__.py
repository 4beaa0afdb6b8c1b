"""The steps every table study shares, between the rooms that compute and the studies that ask.

settings, resolve     the keys all studies share, and how a file, flags and defaults become one config with origins
studies               what a study declares, and its registry entry
load                  a stranger's file (or the demo) to a checked table with costs
compare               candidates cross-fitted, calibrated and judged in money on rows they have not seen
evaluate              figures with intervals, baselines, the incumbent, paired tests
explaining            the saved model explained, and the explanations tested
sections              the twelve sections of every report, from a run folder
"""
