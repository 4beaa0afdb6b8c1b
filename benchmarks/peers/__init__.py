"""Other people's solvers, each in an environment of its own.

A module here runs with its peer's interpreter, where `casestudies` is not installed: it may import the peer, numpy and
`benchmarks.peers.measured` or `.folded` (with pandas), nothing else of the project. `NAME.txt` beside it names the versions.
"""
