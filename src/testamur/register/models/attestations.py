"""Attestations of record. The register knows no process; what may change hangs on an attestation as append-only
rows with two clocks (architecture.md 4.1)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from testamur.journal.models import AppendOnly
from testamur.kernel import clock
from testamur.kernel.identity import nonce, public_id
from testamur.kernel.words import Origin, Status
from testamur.parties.models import Organisation, Person, Site
from testamur.register.models.sources import Source
from testamur.schemes.models import Scheme
from testamur.transparency.models import Entry

STATUSES = [(status.value, status.value) for status in Status]
ORIGINS = [(origin.value, origin.value) for origin in Origin]


class Attestation(AppendOnly):
    """An identity that never changes: the continuing statement. A number is never a key."""

    class Part(models.TextChoices):
        SUB_CERTIFICATE = "sub_certificate"
        UNIT = "unit"
        ANNEX = "annex"
        MEMBER = "member"

    # Millions of rows come in by the file, so an index that every insert pays for has to be asked by somebody: what
    # only records made here have is indexed where it is there, and the clock is not asked for.
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    public_id = models.CharField(max_length=10, default=public_id, editable=False)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="issued", db_index=False)
    scheme_id_text = models.CharField(max_length=60)  # "cn-qms", or the foreign register's own word
    holder = models.ForeignKey(  # first holder
        Organisation, null=True, on_delete=models.PROTECT, related_name="held", db_index=False
    )
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="held", db_index=False)
    origin = models.CharField(max_length=12, choices=ORIGINS)
    origin_name = models.CharField(max_length=160, blank=True)  # scan transcribed from, body that reported a single one
    origin_key = models.CharField(max_length=160, blank=True)  # the record's own id there
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="attestations", db_index=False)
    continues = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="continued_by", db_index=False
    )
    main = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="parts", db_index=False
    )  # family
    part = models.CharField(max_length=20, choices=Part.choices, blank=True)
    confidential = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)  # about a natural person: found by number and name only
    sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="part_has_a_main", condition=Q(main__isnull=True, part="") | (Q(main__isnull=False) & ~Q(part=""))
            ),
            # What a source says of a holder is a name, until a person confirms whose.
            models.CheckConstraint(
                name="attestation_has_a_holder",
                condition=Q(holder__isnull=False) | Q(person__isnull=False) | Q(source__isnull=False),
            ),
            models.UniqueConstraint(fields=["public_id"], name="attestation_public_id_once"),
            models.UniqueConstraint(
                fields=["source", "origin_key"], condition=Q(source__isnull=False), name="one_record_of_a_source"
            ),
            models.UniqueConstraint(
                fields=["origin_name", "origin_key"],
                condition=Q(source__isnull=True) & ~Q(origin_key=""),
                name="one_record_of_a_register",
            ),
        ]
        indexes = [
            # Also says at once whether an issuer is told of by several sources.
            models.Index(fields=["issuer", "source"], name="attestation_by_issuer"),
            models.Index(fields=["holder"], condition=Q(holder__isnull=False), name="attestation_by_holder"),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="attestation_by_person"),
            models.Index(fields=["main"], condition=Q(main__isnull=False), name="attestation_by_main"),
            models.Index(fields=["continues"], condition=Q(continues__isnull=False), name="attestation_by_former"),
            models.Index(fields=["scheme_id_text"], condition=Q(holder__isnull=False), name="attestation_by_scheme"),
            models.Index(
                fields=["scheme_id_text", "person"], condition=Q(person__isnull=False), name="attestation_of_persons"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Edition(AppendOnly):
    """One issue of the document of an attestation. Status belongs to the attestation, currency to the edition."""

    class Reason(models.TextChoices):
        FIRST = "first"
        CHANGE = "change"
        EXTENSION = "extension"
        REDUCTION = "reduction"
        RENEWAL = "renewal"
        TRANSITION = "transition"
        TRANSFER = "transfer"
        CORRECTION = "correction"
        AUTHORITY = "authority"  # the issuer gained or lost an authority that the document shows

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="editions")
    edition = models.PositiveIntegerField()  # 1, 2, 3 …
    reason = models.CharField(max_length=12, choices=Reason.choices)
    reason_text = models.JSONField(default=dict)  # what changed, {bcp47: text}
    number = models.CharField(max_length=80, db_index=True)
    scheme = models.ForeignKey(Scheme, null=True, on_delete=models.PROTECT, related_name="editions")  # None: unknown
    decision = models.CharField(max_length=10, blank=True, db_index=True)  # public id of the decision it rests on
    title = models.JSONField(default=dict)  # of the document
    statement = models.JSONField(default=dict)  # the scope in words, {bcp47: text}
    authoritative = models.CharField(max_length=12, default="zh")  # the language that prevails
    requirements = models.JSONField(default=list)  # [{"key": "gbt-19001@2016", "designation": …}]
    grade = models.CharField(max_length=40, blank=True)
    mode = models.JSONField(default=dict, blank=True)  # certification mode in words
    conditions = models.JSONField(default=dict, blank=True)
    shown = models.JSONField(
        default=dict, blank=True
    )  # further things the scheme's document shows: models, trademark …
    issued_on = models.DateField()  # civil day in the area of the scheme
    effective_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)  # last day included; None: no end
    effective_at = models.DateTimeField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")

    class Meta:
        ordering = ["attestation_id", "edition"]
        # An old paper is found by the number it bears, however it is typed.
        indexes = [models.Index(Upper("number"), name="edition_number_upper")]
        constraints = [
            models.UniqueConstraint(fields=["attestation", "edition"], name="edition_number_once"),
            models.CheckConstraint(
                name="edition_days_in_order",
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=models.F("effective_on")),
            ),
        ]


class PartyInRole(AppendOnly):
    """A party as named on an edition: names in both scripts and the address, as of the day."""

    class Role(models.TextChoices):
        CLIENT = "client"
        HOLDER = "holder"
        MANUFACTURER = "manufacturer"
        FACTORY = "factory"
        BRAND_OWNER = "brand_owner"
        IMPORTER = "importer"
        AGENT = "agent"

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=12, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    names = models.JSONField()
    address = models.JSONField(default=dict)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=12, blank=True)
    identifiers = models.JSONField(default=list)  # [{"scheme", "value"}]


class SiteOnEdition(AppendOnly):
    """A line of the site list of an edition, with the scope in words at that site."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="sites")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    names = models.JSONField()
    address = models.JSONField(default=dict)
    statement = models.JSONField(default=dict)
    central = models.BooleanField(default=False)


class ScopeLine(AppendOnly):
    """One coded scope line, as canonical JSON; the words stand on the edition, beside it."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    line = models.JSONField()  # {"document": {"tree": …, "node": …}, "site": "all", …}

    class Meta:
        ordering = ["edition_id", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "position"], name="scope_line_once")]


class ScopeNode(models.Model):
    """Index row of a scope line: what search and fall-out ask by."""

    line = models.ForeignKey(ScopeLine, on_delete=models.CASCADE, related_name="nodes")
    dimension = models.CharField(max_length=40)
    tree = models.CharField(max_length=80)
    node = models.CharField(max_length=160)

    class Meta:
        indexes = [models.Index(fields=["tree", "node"])]


class StatusChange(AppendOnly):
    """A change of status of the whole or of named lines. A later row may correct or annul an earlier one."""

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="changes")
    status = models.CharField(max_length=10, choices=STATUSES)
    lines = models.JSONField(null=True)  # positions of scope lines; None: the whole
    ground = models.CharField(max_length=60, blank=True)  # id of the scheme's [[ground]]
    cause = models.CharField(max_length=10, blank=True)  # holder, issuer, both, neither
    from_start = models.BooleanField(default=False)  # void from the start
    legal_word = models.CharField(max_length=20, blank=True)  # 撤销, 注销 …: as the act words it
    reason = models.JSONField(default=dict)  # {bcp47: text}
    source = models.CharField(max_length=300, blank=True)
    decision = models.CharField(max_length=10, blank=True, db_index=True)  # public id of the decision
    effective_at = models.DateTimeField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    annuls = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="annulled_by")
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["effective_at", "recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="status_known", condition=Q(status__in=["valid", "suspended", "withdrawn", "cancelled"])
            ),
        ]


class Credential(AppendOnly):
    """What was signed for an edition: one or more per edition (a lost key makes a second)."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="credentials")
    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    nonce = models.CharField(max_length=32, default=nonce, editable=False)
    kind = models.CharField(max_length=40)  # "DigitalConformityCredential" or "DigitalIdentityAnchor"
    body = models.JSONField()  # the credential without proof
    jwt = models.TextField()
    twin = models.JSONField(default=dict)  # the same with an embedded proof; empty where the key is no Ed25519 one
    digest = models.CharField(max_length=60)  # multibase multihash of JCS(body): the log's ``d``
    thumbprint = models.CharField(max_length=60)  # of the signing key
    status_shard = models.PositiveIntegerField(default=1)
    status_index = models.PositiveIntegerField()
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
