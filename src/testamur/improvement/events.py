"""What improvement tells the journal."""
