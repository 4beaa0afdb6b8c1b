"""The recommendation pages alone: streamlit run apps/recommendation.py"""

from casestudies.pages.main import main

main("recommendation")
