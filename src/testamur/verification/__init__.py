"""What a stranger needs to check a certificate: hash tree, proofs, credentials, paths. No framework, no database."""
