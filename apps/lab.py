"""The optimiser lab alone: streamlit run apps/lab.py"""

from casestudies.pages import links
from casestudies.pages.main import main

main(sections=links.LAB)
