"""What the churn report says of its own questions, each from the run folder alone."""
