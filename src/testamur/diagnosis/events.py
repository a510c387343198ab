"""What diagnosis tells the journal."""
