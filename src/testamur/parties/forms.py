"""What people fill in about themselves and their organisations. Errors read as sentences; typed values stay."""

from __future__ import annotations

import gettext as plain_gettext
from functools import cache
from typing import Any

import pycountry
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import functions as duties
from testamur.parties import queries
from testamur.parties.actions.organisations import check_identifier
from testamur.parties.models import Account, Key, Membership, Organisation, Site
from testamur.parties.templatetags.parties_words import named, sentence


def countries() -> list[tuple[str, str]]:
    """Return the countries (ISO 3166-1 alpha-2) in the reader's language; China first, then by name."""
    return _countries("zh_CN" if (translation.get_language() or "").startswith("zh") else "en")


@cache
def _countries(locale: str) -> list[tuple[str, str]]:
    words = plain_gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [locale], fallback=True).gettext
    rows = [(country.alpha_2, words(country.name)) for country in pycountry.countries]
    return sorted(rows, key=lambda row: (row[0] != "CN", row[1]))


def add_refusal(form: forms.Form, refusal: Refused) -> None:
    """Show a refusal beside the field it is about, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, sentence(refusal))


_REGION = RegexValidator(r"^\d{6}$", _("A region code of GB/T 2260 has six digits, for example 350100."))


class Names(forms.Form):
    """Names and address in local script and Latin: the shape most forms here begin with."""

    #: Not "optional": which of them is needed depends on the others, and the form says so.
    conditional = frozenset({"name_zh", "name_en", "address_zh", "address_en", "person_zh", "person_en", "uscc"})

    name_zh = forms.CharField(
        label=_("Name in Chinese"),
        help_text=_("A name in one script is enough to begin."),
        max_length=200,
        required=False,
    )
    name_en = forms.CharField(label=_("Name in Latin letters"), max_length=200, required=False)

    def names(self) -> dict[str, str]:
        return _pair(self.cleaned_data, "name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("name_zh") or data.get("name_en")):
            self.add_error("name_zh", _("Give the name in at least one script."))
        return data


def _pair(data: dict[str, Any], name: str) -> dict[str, str]:
    pair = {"zh": data.get(f"{name}_zh", "").strip(), "en": data.get(f"{name}_en", "").strip()}
    return {script: text for script, text in pair.items() if text}


class Place(Names):
    """A place: names, address in both scripts, country and region."""

    address_zh = forms.CharField(label=_("Address in Chinese"), max_length=300, required=False)
    address_en = forms.CharField(label=_("Address in Latin letters"), max_length=300, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=countries, initial="CN")
    region = forms.CharField(
        label=_("Region"),
        help_text=_("In China the six digits of GB/T 2260, the first six after the first two of your code."),
        max_length=6,
        required=False,
        validators=[_REGION],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not (data.get("address_zh") or data.get("address_en")):
            self.add_error("address_zh", _("Give the address in at least one script."))
        return data

    def address(self) -> dict[str, str]:
        return _pair(self.cleaned_data, "address")


class OrganisationForm(Place):
    """Details of an organisation, for its administrator."""

    personnel = forms.IntegerField(label=_("Number of personnel"), min_value=1, max_value=5_000_000, required=False)
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name_zh"].help_text = _("Needed in China; elsewhere a name in one script is enough.")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        # An organisation is registered under its Chinese name; a site has no registered name.
        if data.get("country") == "CN" and data.get("name_en") and not data.get("name_zh"):
            self.add_error("name_zh", _("In China the Chinese name, as registered, is the one that counts."))
        return data

    @classmethod
    def of(cls, organisation: Organisation, data: Any = None) -> OrganisationForm:
        """Return the form filled with what is known."""
        initial = {
            "name_zh": organisation.names.get("zh", ""),
            "name_en": organisation.names.get("en", ""),
            "address_zh": organisation.address.get("zh", ""),
            "address_en": organisation.address.get("en", ""),
            "country": organisation.country,
            "region": organisation.region,
            "personnel": organisation.personnel,
            "website": organisation.website,
        }
        return cls(data, initial=initial)

    def changes(self) -> dict[str, Any]:
        """Return the fields of ``actions.change_organisation`` and ``register_organisation``."""
        data = self.cleaned_data
        plain = ("country", "region", "personnel", "website")
        return {"names": self.names(), "address": self.address()} | {name: data[name] for name in plain}


class SiteForm(Place):
    """A place where the organisation works."""

    headcount = forms.IntegerField(label=_("People who work here"), min_value=0, max_value=5_000_000, initial=0)
    central = forms.BooleanField(
        label=_("The central function lies here"),
        help_text=_("From here the management system is led; there is one such site (IAF MD 1)."),
        required=False,
    )

    @classmethod
    def of(cls, site: Site, data: Any = None) -> SiteForm:
        """Return the form filled with what is known."""
        initial = {
            "name_zh": site.names.get("zh", ""),
            "name_en": site.names.get("en", ""),
            "address_zh": site.address.get("zh", ""),
            "address_en": site.address.get("en", ""),
            "country": site.country,
            "region": site.region,
            "headcount": site.headcount,
            "central": site.central,
        }
        return cls(data, initial=initial)

    def changes(self) -> dict[str, Any]:
        """Return the fields of ``actions.add_site`` and ``change_site``."""
        plain = {name: self.cleaned_data[name] for name in ("country", "region", "headcount", "central")}
        return {"names": self.names(), "address": self.address(), **plain}


class UsccField(forms.Form):
    """A unified social credit code, with a place to say why an odd one is right."""

    uscc = forms.CharField(
        label=_("Unified social credit code"),
        help_text=_("18 characters, on the business licence. Leave it empty outside mainland China."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    uscc_reason = forms.CharField(
        label=_("Why the code is right although its last character does not fit"),
        help_text=_("Only for early codes whose check character differs."),
        max_length=300,
        required=False,
    )

    def clean_uscc(self) -> str:
        return str(self.cleaned_data["uscc"]).replace(" ", "").upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("uscc"):
            try:
                check_identifier("CN.uscc", data["uscc"], data.get("uscc_reason", ""), queries.today())
            except Refused as refusal:
                self.add_error("uscc", sentence(refusal))
        return data


class Passwords(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    password_again = forms.CharField(
        label=_("Password, once more"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def check_password(self, email: str) -> None:
        data = self.cleaned_data
        if data.get("password") and data.get("password_again") and data["password"] != data["password_again"]:
            self.add_error("password_again", _("The two passwords differ."))
        elif data.get("password"):
            try:
                validate_password(data["password"], Account(email=email))
            except ValidationError as error:
                self.add_error("password", error)


class JoinForm(UsccField, OrganisationForm, Passwords):
    """An enterprise registers itself, with its first administrator."""

    person_zh = forms.CharField(label=_("Your name in Chinese"), max_length=100, required=False)
    person_en = forms.CharField(label=_("Your name in Latin letters"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We send a link there; it is how you sign in."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    allowed = forms.BooleanField(
        label=_("I may act for this organisation."),
        error_messages={"required": _("Only somebody who may act for the organisation can register it.")},
    )

    field_order = (
        "name_zh", "name_en", "uscc", "uscc_reason", "country", "region", "address_zh", "address_en", "personnel",
        "website", "person_zh", "person_en", "email", "password", "password_again", "allowed",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("country") == "CN" and not data.get("uscc") and "uscc" not in self.errors:
            self.add_error(
                "uscc", _("An organisation in mainland China has a code; it stands on the business licence.")
            )
        if not (data.get("person_zh") or data.get("person_en")):
            self.add_error("person_zh", _("Give your name in at least one script."))
        holder = queries.with_identifier("CN.uscc", data["uscc"]) if data.get("uscc") else None
        if holder is not None:
            words = _("{holder} is registered here already. Ask one of its administrators to invite you.")
            self.add_error("uscc", str(words).format(holder=named(holder.names)))
        self.check_password(data.get("email", ""))
        return data

    def person(self) -> dict[str, str]:
        return _pair(self.cleaned_data, "person")


class AcceptForm(Names, Passwords):
    """Somebody invited opens an account."""

    field_order = ("name_zh", "name_en", "password", "password_again")

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_password(self.email)
        return data


class FunctionsForm(forms.Form):
    """Which functions a member holds."""

    functions = forms.MultipleChoiceField(
        label=_("Functions"),
        choices=lambda: [(f.value, f"{named(duties.WORDS[f][0])}: {named(duties.WORDS[f][1])}") for f in Function],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("A membership needs at least one function.")},
    )

    @classmethod
    def of(cls, membership: Membership, data: Any = None) -> FunctionsForm:
        """Return the form with the member's functions ticked."""
        return cls(data, initial={"functions": membership.functions})


class InviteForm(Names, FunctionsForm):
    """Invite a colleague by mail."""

    email = forms.EmailField(label=_("E-mail"))
    field_order = ("email", "name_zh", "name_en", "functions")


class EndForm(forms.Form):
    """The last day of a membership."""

    until_day = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class IdentifierForm(UsccField):
    """Record the organisation's own code."""

    def clean_uscc(self) -> str:
        code = super().clean_uscc()
        if not code:
            raise ValidationError(_("Type the 18 characters of the code."))
        return code


class OwnerForm(forms.Form):
    """Who owns a share of the organisation."""

    owner = forms.CharField(
        label=_("Owner's unified social credit code"),
        help_text=_("The owner must be registered here."),
        max_length=40,
    )
    share = forms.DecimalField(label=_("Share, percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    from_day = forms.DateField(label=_("Since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean_owner(self) -> Organisation:
        found = queries.with_identifier("CN.uscc", self.cleaned_data["owner"].replace(" ", "").upper())
        if found is None:
            raise ValidationError(_("No organisation with this code is registered here."))
        return found


class RevokeKeyForm(forms.Form):
    """Say why a key is revoked, and type its name: it cannot be taken back."""

    because = forms.ChoiceField(
        label=_("Reason"),
        help_text=_("Everybody can read it in the public log."),
        choices=[
            ("stolen", _("Somebody else has the private part")),
            ("suspected", _("Somebody else may have the private part")),
            ("lost", _("The private part is lost")),
        ],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=_("Name of the key"), max_length=20)

    def __init__(self, key: Key, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        field: Any = self.fields["name"]
        field.help_text = _("Type %(key)s to confirm. A revocation is never taken back.") % {"key": key.fragment}

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip() != self.key.fragment:
            raise ValidationError(_("This is not the name of the key."))
        return self.key.fragment


class TokenForm(forms.Form):
    """Let a program act under one's own membership."""

    name = forms.CharField(
        label=_("Name of the program"), help_text=_("So that you know later what to revoke."), max_length=80
    )
    functions = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("Nothing chosen: it only reads what you see."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    until_day = forms.DateField(
        label=_("Last day"),
        help_text=_("At most a year ahead."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["functions"]
        field.choices = [
            (one.value, f"{named(duties.WORDS[one][0])}: {named(duties.WORDS[one][1])}")
            for one in Function
            if one in duties.BY_PROGRAM and membership.holds(one)
        ]
