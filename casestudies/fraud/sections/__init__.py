"""What the fraud report says beside the shared sections: each reads one answer of the run folder."""
