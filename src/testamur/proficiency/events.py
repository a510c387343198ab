"""What proficiency tells the journal."""
