"""May this happen? A module for each noun; ``quality`` says what holds for all."""
