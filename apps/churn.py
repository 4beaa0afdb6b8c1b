"""The churn pages alone: streamlit run apps/churn.py"""

from casestudies.pages.main import main

main("churn")
