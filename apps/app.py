"""The pages of all studies: streamlit run apps/app.py"""

from casestudies.pages.main import main

main()
