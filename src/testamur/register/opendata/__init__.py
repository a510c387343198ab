"""Open data: dated snapshots of the public register as plain files, described, checksummed and logged."""
