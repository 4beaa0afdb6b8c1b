"""What is fraud: the study on public and simulated payments, its features over time, and single payments as they come."""
