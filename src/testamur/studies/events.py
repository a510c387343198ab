"""What studies tells the journal."""
