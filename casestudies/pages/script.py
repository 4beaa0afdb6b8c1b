"""What `casestudies app` hands to Streamlit; the study, if one was named, is the only argument."""

import sys

from casestudies.pages.main import main

main(sys.argv[1] if len(sys.argv) > 1 else None)
