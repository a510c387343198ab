"""What UNTP 0.7.0 calls things: contexts, types and kinds. All of UNTP that a verifier needs."""

W3C_CONTEXT = "https://www.w3.org/ns/credentials/v2"
UNTP_CONTEXT = "https://vocabulary.uncefact.org/untp/0.7.0/context/"
#: Open Badges 3.0: what persons hold. Its context must stand second, and UNTP's cannot stand beside it.
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
BADGE = "OpenBadgeCredential"
CERTIFICATE = "DigitalConformityCredential"
AUTHORITY = "DigitalIdentityAnchor"
#: What an authority may rest on (scheme language, ``[[authority]] kind``).
AUTHORITY_KINDS = (
    "law",
    "licence",
    "competence",
    "accreditation",
    "designation",
    "qualification",
    "registration",
    "recognition",
)
