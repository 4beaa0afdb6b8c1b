"""The Streamlit pages. They read run folders and start jobs; no model is trained inside the server.

`main` shows one page inside the frame; a page is a module with `show()` (`home`, `data`, `train`, `results`, `explain`,
`report`, `runs`). What a page needs to be itself again stands in the address: `study`, `run`, `data` (the hash of an
upload), `settings`, `cut` and `chosen` (a cut that a report is asked for with). Nothing else is kept but what the disk holds.
"""
