"""The imaging pages alone: streamlit run apps/imaging.py"""

from casestudies.pages.main import main

main("imaging")
