"""The imaging study on public and on synthetic films."""
