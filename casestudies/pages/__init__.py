"""The Streamlit pages. They read run folders and start jobs; no model is trained inside the server.

`main` shows one page inside the frame; a page is a module with `show()` (`home`, `data`, `train`, `results`, `explain`,
`report`, `runs`). What a page needs to be itself again stands in the address: `study`, `run`, `data` and `file-NAME` (the
hashes of uploads), `own` (somebody comes for a file of their own), `settings`, `cut`, `try-NAME` (a study's sliders) and
`chosen` (a cut that a report is asked for with). Nothing else is kept but what the disk holds.
"""
