"""The closed lists of the language. A new need first tries a rule id, then an overlay, then a word here."""

from __future__ import annotations

from testamur.kernel.words import Function, Occasion, Outcome, Status

OCCASIONS = tuple(str(word) for word in Occasion)
OUTCOMES = tuple(str(word) for word in Outcome)
#: The functions of the functional approach in which a role of a scheme may act.
FUNCTIONS = tuple(
    str(word)
    for word in Function
    if word
    not in (Function.SUPERVISION, Function.RECORDS, Function.STATISTICS, Function.QUALITY, Function.ADMINISTRATION)
)
#: What a ground may lead to: a status, or a smaller scope (a new edition, no status).
STATUSES = (*(str(word) for word in Status), "reduced")
OBJECTS = (
    "product", "process", "service", "system", "installation", "project", "data", "design", "material",
    "claim",
    "person", "body", "organisation",
)  # fmt: skip
PARTIES = ("first", "second", "third")
TYPES = ("1a", "1b", "2", "3", "4", "5", "6")
HOLDERS = ("organisation", "person", "body", "agency")
TREES = (
    "documents", "sectors", "products", "regions", "sites", "activities", "fields", "methods",
    "organisations",
    "grades", "ranges", "functions", "units",
)  # fmt: skip
AUTHORITIES = (
    "licence", "accreditation", "designation", "qualification", "registration", "recognition",
    "competence", "law",
)  # fmt: skip
ACTIVITIES = (
    "document_review", "stage1", "stage2", "audit", "type_test", "factory_inspection", "factory_sampling",
    "market_sampling", "process_assessment", "office_assessment", "witness", "exam", "interview",
    "practice_record",
    "cpd_review", "peer_evaluation", "indicator_check", "validation", "verification", "self_assessment",
)  # fmt: skip
FIELDS = (
    "text", "long_text", "whole_number", "decimal", "money", "date", "yes_no", "choice", "choices",
    "country",
    "address", "identifier", "organisation", "person", "sites", "products", "people", "file", "files",
)  # fmt: skip
#: What a composite answer can be asked for, besides being there: ``form.<field>.<word>``.
ASPECTS = {
    "sites": ("count", "without_central"),
    "people": ("count",),
    "products": ("count",),
}
#: What may be disclosed or kept back.
PUBLIC = (
    "holder", "address", "number", "scope", "status", "history", "dates", "issuer", "requirements",
    "authority",
    "findings_count", "report", "photo", "identity_number", "reasons", "parties", "scope_statement",
)  # fmt: skip
#: What a document may have to say: the former, and what law and standards ask of the paper itself.
SHOWS = (
    *PUBLIC, "mode", "models", "trademark", "units", "revision", "seal", "status_lookup",
    "validity_condition",
)  # fmt: skip
PARTY_ROLES = ("client", "holder", "manufacturer", "factory", "brand_owner", "importer", "agent")
CAUSES = ("holder", "issuer", "both", "neither")
#: Words of Chinese acts for the end or pause of a right; the page prints the act's own word beside ours.
LEGAL_KINDS = ("撤销", "撤回", "吊销", "注销", "失效", "暂停")
EVIDENCE = (
    "attendance", "checklist", "documents", "photographs", "raw_data", "sample_record", "answers",
    "interview_notes",
)  # fmt: skip
OUTPUTS = ("report", "findings", "test_report", "score", "attendance", "samples", "statement")
FORMS = (
    "certificate", "licence", "accreditation", "designation", "qualification", "registration",
    "declaration",
    "statement", "recognition", "award", "competence",
)  # fmt: skip
