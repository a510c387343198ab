"""Where an enterprise stands and what to do next: self-assessments, maturity, benchmark, and a small firm's path."""
