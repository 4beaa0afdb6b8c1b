"""The fraud pages alone: streamlit run apps/fraud.py"""

from casestudies.pages.main import main

main("fraud")
