"""The credit pages alone: streamlit run apps/credit.py"""

from casestudies.pages.main import main

main("credit")
