"""An enterprise's own quality work: objectives, problems and their cure, audits, reviews, documents, suppliers."""
