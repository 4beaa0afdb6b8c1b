"""The Streamlit pages. They read run folders and start jobs; no model is trained inside the server."""
