"""What customers are worth: savings on public tables with costs of their own."""
