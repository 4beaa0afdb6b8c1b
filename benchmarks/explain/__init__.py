"""Scores of explanations beside those of a library that is made for them."""
