"""A stranger's table: read as text, checked against a contract, judged for quality, split and encoded.

read, derive            the file to a table of text; rows kept and columns made by formula
contract, roles         what a study needs; what the analyst's columns are for
mapping, kinds          which column is which, and of which kind
checked                 the table typed, with its label and every problem
quality                 leaks, copies, identifiers, codes, repeats
split                   which rows judge the model
encode, codes           features for linear models and for trees
profile                 a summary that names nobody

What a study declares can be had from here at once; the modules that load pandas are imported by their names.
"""

from casestudies.tabular.contract import Column, Contract
from casestudies.tabular.problems import Code, Problem, Problems
from casestudies.tabular.roles import Roles

__all__ = ["Code", "Column", "Contract", "Problem", "Problems", "Roles"]
