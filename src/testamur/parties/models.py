"""Accounts, people, organisations, sites, memberships, keys, ties and bars. Shared facts: no tenant column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.journal.models import Recorded
from testamur.kernel.identity import public_id
from testamur.kernel.words import Function
from testamur.transparency.models import Entry


@dataclass(frozen=True)
class Platform:
    """The actor where the platform itself acts; ``rule`` says by which rule, ground or standing instruction."""

    rule: str


class Person(models.Model):
    """A natural person. Personal fields beyond the name are sealed under a key of the person's own."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    names = models.JSONField(default=dict)  # {"zh": "示例林", "en": "Sample Lin"}: local script and Latin
    country = models.CharField(max_length=2, default="CN")
    sample = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.names.get("en") or self.names.get("zh") or self.public_id)


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; the e-mail address is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email__iexact=username)


class Account(AbstractBaseUser, PermissionsMixin):
    """A sign-in. What it may do comes from its person's memberships, never from the account."""

    email = models.EmailField(unique=True)
    person = models.OneToOneField(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="account")
    language = models.CharField(max_length=10, default="en")
    #: In the sample world: the role as which the demo offers this account, and its place among the cards.
    demo_role = models.CharField(max_length=30, blank=True)
    demo_order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()

    def __str__(self) -> str:
        return self.email


class Organisation(models.Model):
    """An enterprise, body, laboratory, accreditor or authority."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    names = models.JSONField(default=dict)  # {"zh": …, "en": …}
    address = models.JSONField(default=dict)  # {"zh": …, "en": …}
    country = models.CharField(max_length=2, default="CN", db_index=True)
    region = models.CharField(max_length=12, blank=True, db_index=True)  # GB/T 2260 code in China
    industry = models.JSONField(default=dict, blank=True)  # {"tree": "industries@gbt-4754-2017", "node": "C35"}
    personnel = models.PositiveIntegerField(null=True, blank=True)  # persons
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)  # degrees, WGS 84
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    website = models.URLField(blank=True)
    two_to_issue = models.BooleanField(default=False)  # one person proposes what is issued in its name, another issues
    #: The administrator who asks that one person issue alone again; it counts when another one agrees.
    one_asked_by = models.ForeignKey("Membership", models.PROTECT, null=True, blank=True, related_name="+")
    sample = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.names.get("en") or self.names.get("zh") or self.public_id)


class Identifier(models.Model):
    """An identifier of a party, ``{scheme, value}``; checked by its rule when it is recorded."""

    class State(models.TextChoices):
        VALID = "valid"
        CHECKSUM_MISMATCH = "checksum_mismatch"  # early codes exist; accepted only with a reason
        UNCHECKED = "unchecked"

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="identifiers")
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=30)  # "CN.uscc", "LEI", "GLN", "CN.auditor"
    value = models.CharField(max_length=80, db_index=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.UNCHECKED)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "scheme", "value"], name="identifier_once"),
            models.CheckConstraint(
                name="identifier_of_one_party",
                condition=Q(organisation__isnull=False, person__isnull=True)
                | Q(organisation__isnull=True, person__isnull=False),
            ),
            models.CheckConstraint(
                name="odd_identifier_says_why", condition=~Q(state="checksum_mismatch") | ~Q(reason="")
            ),
        ]


class Site(models.Model):
    """A place where an organisation works."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sites")
    names = models.JSONField(default=dict)
    address = models.JSONField(default=dict)
    country = models.CharField(max_length=2, default="CN")
    region = models.CharField(max_length=12, blank=True)
    headcount = models.PositiveIntegerField(default=0)  # persons
    central = models.BooleanField(default=False)  # holds the central function (IAF MD 1)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-central", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(central=True, closed_on__isnull=True), name="one_central_function"
            )
        ]

    def __str__(self) -> str:
        return str(self.names.get("en") or self.names.get("zh") or self.public_id)


class Ownership(models.Model):
    """Who owns which share of whom, from when to when."""

    owner = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="owns")
    owned = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="owned_by")
    share = models.DecimalField(max_digits=5, decimal_places=2)  # percent
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="share_is_a_percentage", condition=Q(share__gt=0, share__lte=100)),
            models.CheckConstraint(name="nobody_owns_themselves", condition=~Q(owner=models.F("owned"))),
        ]


class Membership(models.Model):
    """A person acts for an organisation with these functions: the ``by=`` of every action."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    functions = models.JSONField(default=list)  # of kernel.words.Function
    title = models.JSONField(default=dict, blank=True)  # {"en": "Planner", "zh": …}: shown, never asked
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)  # last day included

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(until_day__isnull=True), name="one_living_membership"
            ),
            models.CheckConstraint(
                name="membership_days_in_order",
                condition=Q(until_day__isnull=True) | Q(until_day__gte=models.F("from_day")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"

    #: Public id of the access token that a program showed; "" where a person acts. Never a column: events keep it.
    via: ClassVar[str] = ""

    def holds(self, *functions: Function | str) -> bool:
        """Say whether the membership holds every one of the functions."""
        return {str(function) for function in functions} <= set(self.functions)

    def lives_on(self, day: date) -> bool:
        """Say whether the membership is in force on a civil day."""
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)


class Invitation(Recorded):
    """An offer of a membership, sent to an address; accepted once, by whoever holds the link."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    names = models.JSONField(default=dict)
    functions = models.JSONField(default=list)
    token_digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token; the token is only in the mail
    invited_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_ends_once", condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="accepted_invitation_names_its_membership",
                condition=Q(accepted_at__isnull=True, membership__isnull=True)
                | Q(accepted_at__isnull=False, membership__isnull=False),
            ),
        ]


class Key(models.Model):
    """A signing key of an organisation: only what is public of it. Never deleted, because did:web has no history."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="keys")
    fragment = models.CharField(max_length=20)  # "k1": did:web:<host>:org:<id>#k1
    algorithm = models.CharField(max_length=10)  # "Ed25519" or "ES256"
    public_jwk = models.JSONField()
    thumbprint = models.CharField(max_length=60, unique=True)  # RFC 7638
    published_at = models.DateTimeField(null=True, editable=False)  # when it was first logged
    from_at = models.DateTimeField(null=True, blank=True)  # None: published, and not in use before the log shows it
    expires_at = models.DateTimeField(null=True, blank=True)  # retired
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_at_index = models.PositiveBigIntegerField(null=True, blank=True)  # log index of key.revoke
    revoked_because = models.CharField(max_length=20, blank=True)  # of Because
    revocation = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kept_in = models.CharField(max_length=10, default="file")  # "file" or "hsm": where the private part was made
    label = models.CharField(max_length=100, blank=True)  # its label in the token; a file is named by thumbprint
    destroyed_at = models.DateTimeField(null=True, editable=False)  # the private part is gone
    followed_at = models.DateTimeField(null=True, editable=False)  # what a revoked key had signed was signed anew
    sample = models.BooleanField(default=False)

    class Because(models.TextChoices):
        STOLEN = "stolen"
        SUSPECTED = "suspected"
        LOST = "lost"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "fragment"], name="one_fragment_once"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(from_at__isnull=True, revoked_at__isnull=True),
                name="one_key_waits",
            ),
            models.CheckConstraint(
                name="revoked_key_says_why", condition=Q(revoked_at__isnull=True) | ~Q(revoked_because="")
            ),
            models.CheckConstraint(
                name="revocation_index_needs_a_revocation",
                condition=Q(revoked_at_index__isnull=True) | Q(revoked_at__isnull=False),
            ),
        ]


class KeyDocument(models.Model):
    """One version of an organisation's ``did.json`` as it was published: did:web itself has no history."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="key_documents")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=80)  # what its did.update entry commits to
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="one_key_document_a_number")]


class Engagement(Recorded):
    """Who advised, trained, audited internally or employed whom: what impartiality is judged by."""

    class Kind(models.TextChoices):
        CONSULTING = "consulting"
        INTERNAL_AUDIT = "internal_audit"
        EMPLOYMENT = "employment"
        TRAINING = "training"

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="engagements")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="engagements")
    client = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="engaged")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    client_specific = models.BooleanField(default=True)  # False: generic information, no threat (17021-1 3.3, note 2)
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)  # None: goes on
    source = models.CharField(max_length=300)  # who said so, or which record

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="engagement_has_one_side",
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
            )
        ]


class Bar(Recorded):
    """A person or organisation may not act, or not apply, from a day until a day or for ever."""

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="bars")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="bars")
    ground = models.CharField(max_length=60)  # of CN.person_bar or of a scheme
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)  # None: permanent
    source = models.CharField(max_length=300)
    lifted_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bar_has_one_side",
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
            )
        ]


class Fact(Recorded):
    """An answer given once and offered again: ``organisation.uscc``, ``organisation.premises`` …"""

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="facts")
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="facts")
    name = models.CharField(max_length=80)
    value = models.JSONField()
    stated_on = models.DateField()
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["name", "stated_on"])]


class FactFile(models.Model):
    """A file that belongs to a fact."""

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)


class Act(Recorded):
    """Base of rows that record an act: by whom (a membership, or the platform by a rule), and on two clocks."""

    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    by_rule = models.CharField(max_length=120, blank=True)
    effective_at = models.DateTimeField()

    class Meta:
        abstract = True


class AccessToken(Act):
    """What a program shows to act under a membership: narrower than it, for a time, revocable (RFC 6750).

    The token itself is told once, when it is made; here stands its digest.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="access_tokens")
    name = models.CharField(max_length=80)  # of the program, for those who look through the list
    functions = models.JSONField(default=list)  # of kernel.words.Function; those the membership still holds count
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token, lower-case hex
    hint = models.CharField(max_length=8)  # last characters, to recognise it by
    until_day = models.DateField()  # last day included
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="revoked_token_names_by_whom",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            )
        ]


class Root(Act):
    """An organisation whose authority this installation takes as given: where lines of authority may end."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rootings")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(ended_at__isnull=True), name="one_living_root")
        ]


class RootList(Act):
    """One version of the root list, signed offline by a threshold of the root keys; the newest is the one in force."""

    version = models.PositiveIntegerField(unique=True)
    body = models.JSONField()  # as published, with its signatures
    digest = models.CharField(max_length=80)  # what its root.update entry commits to
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["version"]


def actor(by: Membership | Platform) -> dict[str, Any]:
    """Return the ``by`` and ``by_rule`` columns of an :class:`Act` for an actor."""
    if isinstance(by, Platform):
        return {"by": None, "by_rule": by.rule}
    return {"by": by, "by_rule": ""}
