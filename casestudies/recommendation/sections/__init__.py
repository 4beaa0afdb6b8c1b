"""What the report says of each question of the study."""
