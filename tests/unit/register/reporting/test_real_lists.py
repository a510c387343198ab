"""The real lists beside the checkout, read by the mappings that come with it; counts as the profiles beside the data
have them, or explained here."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date

import pytest

from shared import ROOT, shared
from small_world import PLATFORM, instant
from testamur.kernel.words import Status
from testamur.register import dependants
from testamur.register.actions import commit, name_source, receive
from testamur.register.models import Attestation, Current, Past
from testamur.register.reporting import mapping as mappings
from testamur.register.states import opened
from testamur.register.status import status
from testamur.register.words import number_key

pytestmark = pytest.mark.django_db
NAMES = sorted(path.stem for path in (ROOT / "data" / "mappings").glob("*.toml"))


def taken(name, folder, file, day):
    """Read, judge and commit one list; return its delivery."""
    read = mappings.load(ROOT / "data" / "mappings" / f"{name}.toml")
    as_of = date.fromisoformat(day)
    source = name_source(mapping=read, by=PLATFORM, at=instant(as_of))
    judged = receive(
        source=source,
        mapping=source.mappings.latest("version"),
        content=shared("data", folder, file),
        name=file,
        as_of=as_of,
        whole=True,
        by=PLATFORM,
        at=instant(as_of),
    )
    return commit(delivery=judged, by=PLATFORM, at=instant(as_of))


def profile(folder, file):
    return json.loads(shared("data", folder, "profile.json").read_text())[file]


def counts(delivery, *names):
    return tuple(delivery.counts.get(name, 0) for name in names)


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_that_comes_with_the_checkout_can_be_read(name):
    assert mappings.load(ROOT / "data" / "mappings" / f"{name}.toml").columns


def test_common_criteria_rejects_four_broken_records_and_folds_maintenance():
    told = profile("common-criteria-products", "cc_products.csv.gz")

    delivery = taken("common-criteria", "common-criteria-products", "cc_products.csv.gz", "2025-12-10")

    assert delivery.rows == told["rows"]
    broken = list(delivery.remarks.filter(rejects=True).values_list("row", "code"))
    assert len(broken) == told["rows_with_too_many_fields"]
    assert broken == [(row, "record_broken") for row in (322, 499, 537, 538)]
    # 2,156 rows that can be read are 1,769 certificates: the report tells apart eleven that share name, maker and day.
    assert counts(delivery, "new", "folded", "rejected") == (1769, 387, 4)
    # 20 values stand in the column of schemes, two of them in broken records.
    assert Current.objects.values("issuer").distinct().count() == 18
    most = max(Current.objects.all(), key=lambda row: len(row.said.get("shown", {}).get("maintenance", [])))
    assert len(most.said["shown"]["maintenance"]) > 4
    again = taken("common-criteria", "common-criteria-products", "cc_products.csv.gz", "2025-12-11")
    assert counts(again, "unchanged", "new", "changed", "gone") == (1769, 0, 0, 0) and not Past.objects.exists()


def test_iscc_reads_name_address_and_country_and_rejects_the_number_that_names_two_holders():
    told = profile("iscc-kzr-sustainability", "iscc_valid_2022-03.csv.gz")

    delivery = taken("iscc", "iscc-kzr-sustainability", "iscc_valid_2022-03.csv.gz", "2022-03-13")

    # Three rows share a number with another one: two are the same row twice, one names another holder.
    assert delivery.rows == told["rows"] == 6039
    assert counts(delivery, "new", "folded", "rejected") == (told["key"]["distinct"], 2, 1)
    assert delivery.remarks.get(rejects=True).code == "key_twice"
    assert Current.objects.values("issuer").distinct().count() == 39
    cargill = Current.objects.get(number="EU-ISCC-Cert-DE105-86436004")
    assert (cargill.holder_text, cargill.country) == ("C.I. Cargill de Colombia Ltda", "CO")
    # 59 holders are in no country: four name one that ISO 3166 has not, or only its first letter; the cells of the
    # other 55 were cut before the address by who collected the list, nearly all at a quotation mark: `UAB \\`.
    unknown = sorted(one.facts["value"] for one in delivery.remarks.filter(code="country_unknown"))
    assert unknown == ["Kosovo, Republic of", "Kosovo, Republic of", "Netherlands Antilles", "P"]
    nowhere = Current.objects.filter(country="")
    cut = [one for one in nowhere if "address" not in one.said["parties"][0]]
    assert (nowhere.count(), len(cut)) == (59, 55)
    assert sum(one.holder_text.endswith("\\") for one in cut) == 52


def test_two_lists_of_kzr_become_history_though_their_words_change_language():
    first = taken("kzr", "iscc-kzr-sustainability", "kzr_2022-03-19.csv.gz", "2022-03-19")
    second = taken("kzr", "iscc-kzr-sustainability", "kzr_2022-10-20.csv.gz", "2022-10-20")

    # Three rows end before they begin, one begins on 0000-00-00; periods of one certificate are one record.
    assert counts(first, "new", "folded", "rejected") == (2316, 581, 4)
    assert first.rows == 2901 and second.rows == 3361
    assert counts(second, "new", "renewed", "status", "changed", "gone", "unchanged") == (356, 88, 12, 233, 3, 1980)
    # Twelve statuses changed, not 2,900: words in another language are the same status.
    assert Past.objects.filter(change="status").count() == 12
    renewed = Past.objects.filter(change="renewed").order_by("id").first().attestation
    editions = opened(renewed).editions.all()
    assert len(editions) == 2 and editions[0].expires_on < editions[1].expires_on
    suspended = Current.objects.filter(status="suspended").first().attestation
    assert status(opened(suspended), date(2022, 10, 20)).status in (Status.SUSPENDED, Status.EXPIRED)


def test_two_lists_of_brazil_keep_producers_whose_body_was_renamed():
    first = taken("cnpo", "cnpo-brazil-organic", "cnpo_2019-06-30.csv.gz", "2019-06-30")
    second = taken("cnpo", "cnpo-brazil-organic", "cnpo_2019-11-30.csv.gz", "2019-11-30")

    assert (first.rows, second.rows) == (19_295, 20_380)
    assert counts(first, "new", "folded", "rejected") == (18_293, 1_002, 0)
    assert first.counts["codes"]["status_absent"] == 492
    assert counts(second, "new", "changed", "gone", "unchanged", "folded") == (4_290, 3_528, 3_363, 11_400, 1_156)
    # Six producers of November have no name; two of them stood in June's list, and are listed still. Read naively,
    # 6,357 would be gone; half of those kept their renamed body.
    assert second.counts["codes"]["holder_missing"] == second.counts["rejected"] == 6
    assert Current.objects.filter(personal=True).exists()
    assert not Attestation.objects.filter(personal=True, current__search__contains="adelar").exists()


def test_lists_of_products_name_their_laboratory_and_programme():
    delivery = taken("cyber-validations", "cyber-validation-lists", "cyber_validations.json.gz", "2026-04-29")

    assert counts(delivery, "new", "rejected") == (1474, 0) and delivery.rows == 1474
    schemes = {
        name: Current.objects.filter(scheme=name).count() for name in ("fips-140-3", "acvp", "common-criteria", "eucc")
    }
    assert schemes == {"fips-140-3": 1080, "acvp": 190, "common-criteria": 179, "eucc": 25}
    rests = [row.said["rests_on"] for row in Current.objects.all() if "rests_on" in row.said]
    assert len(rests) == 1474 - 1276 and {one["kind"] for found in rests for one in found} == {"laboratory"}


def test_authorisations_rest_on_assessors_and_these_on_their_accreditor():
    products = taken("fedramp", "fedramp-marketplace", "fedramp_marketplace.json.gz", "2025-01-30")
    assessors = taken("fedramp-assessors", "fedramp-marketplace", "fedramp_marketplace.json.gz", "2025-01-30")

    # 82 services in process and 12 that are ready are no authorisations; one assessor's first day is "N/A".
    assert products.rows == 436 and counts(products, "new", "left_out", "rejected") == (342, 94, 0)
    assert assessors.rows == 44 and counts(assessors, "new", "rejected") == (43, 1)
    named = {
        one["key"]
        for row in Current.objects.filter(scheme="fedramp")
        for one in row.said.get("rests_on", [])
        if one["kind"] == "assessor"
    }
    known = set(Attestation.objects.filter(scheme_id_text="fedramp-3pao").values_list("origin_key", flat=True))
    assert len(named) > 20 and len(named & known) >= len(named) - 1
    assert all(
        row.said["rests_on"] == [{"kind": "accreditation", "key": "A2LA", "names": {"en": "A2LA"}}]
        for row in Current.objects.filter(scheme="fedramp-3pao")
    )


CCADB = ("ccadb", "ccadb-ca-audits", "ccadb_all_certificate_records_2021-04-05.csv.gz", "2021-04-05")
SAME_AUDIT, SAME_POLICY = "Audits Same as Parent?", "CP/CPS Same as Parent?"


def test_certificates_of_authorities_rest_on_their_parent_and_their_auditor():
    delivery = taken(*CCADB)

    assert delivery.rows == 6714 and counts(delivery, "new", "rejected") == (6714, 0)
    assert delivery.counts["codes"]["status_absent"] == 543  # roots
    statuses = {name: Current.objects.filter(status=name).count() for name in ("valid", "withdrawn")}
    assert statuses == {"valid": 543 + 4604, "withdrawn": 1365 + 202}
    kinds = [one["kind"] for row in Current.objects.all() for one in row.said["rests_on"]]
    assert kinds.count("certificate") == 6714
    # Roots rest on the record of their owner, which is not in the list; all others on a certificate of it.
    parents = [one.said["rests_on"][0]["key"] for one in Current.objects.all()]
    known = set(Attestation.objects.values_list("origin_key", flat=True))
    assert sum(parent not in known for parent in parents) == 543
    inherit = [row for row in Current.objects.all() if any("rests_on.audit" in claim["takes"]
               for claim in row.said.get("inherited", ()))]  # fmt: skip
    assert len(inherit) == 5300


def by_hand(rows, flag, column, key):
    """Walk up row by row: return what a record has in a column, its own or its parents', and whose it is."""
    while not rows[key][column] and rows[key][flag] == "true" and rows[key]["Parent Salesforce Record ID"] in rows:
        key = rows[key]["Parent Salesforce Record ID"]
    return rows[key][column], key


def test_what_authorities_inherit_is_what_walking_up_row_by_row_finds():
    told = profile("ccadb-ca-audits", CCADB[2])
    with gzip.open(shared("data", *CCADB[1:3]), "rt", encoding="utf-8") as file:
        rows = {row["Salesforce Record ID"]: row for row in csv.DictReader(file)}

    delivery = taken(*CCADB)

    auditors, taken_from, silent = 0, 0, 0
    for now in Current.objects.select_related("attestation"):
        key, claims = now.attestation.origin_key, now.said.get("inherited", [])
        took = {field: by for claim in claims for field, by in claim.get("from", {}).items()}
        auditor, whose = by_hand(rows, SAME_AUDIT, "Auditor", key)
        until, from_whom = by_hand(rows, SAME_AUDIT, "Standard Audit Period End Date", key)
        policy, _whose = by_hand(rows, SAME_POLICY, "Certificate Practice Statement (CPS) URL", key)
        named = [one["key"] for one in now.said["rests_on"] if one["kind"] == "assessor"]
        assert named == ([auditor] if auditor else [])
        assert now.said["shown"].get("audit_until", "") == until
        assert bool(now.said["shown"].get("practice")) is bool(policy)
        assert took.get("rests_on.assessor") == (whose if auditor and whose != key else None)
        assert took.get("shown.audit_until") == (from_whom if until and from_whom != key else None)
        auditors += bool(auditor)
        taken_from += whose != key and bool(auditor)
        silent += sum("from" not in claim and not any(_own(rows[key], claim)) for claim in claims)
    # 5,688 rows name no auditor; 4,913 of them say that audits are their parent's, and somebody above them has one.
    assert (auditors, taken_from) == (6714 - 5688 + 4913, 4913)
    assert auditors - taken_from == told["rows"] - 5688
    # The chains of these end at a certificate that states nothing of the kind, and no parent is lacking: all 543 rows
    # whose parent is not in the list are roots, which take nothing.
    codes = delivery.counts["codes"]
    assert (codes["parent_silent"], silent) == (190, 190) and set(codes) == {"status_absent", "parent_silent"}


def _own(row, claim):
    audit = ("Standard Audit Type", "Standard Audit Period End Date", "Standard Audit URL", "BR Audit URL", "Auditor")
    policy = ("Certificate Policy (CP) URL", "Certificate Practice Statement (CPS) URL")
    return [row[column] for column in (audit if "rests_on.audit" in claim["takes"] else policy)]


def test_an_audit_statement_shows_every_certificate_that_hangs_on_it():
    taken(*CCADB)
    dependants.follow()

    # Stated by 39 rows; all further ones take it from these.
    hanging = dependants.of("audit", "https://www.cpacanada.ca/generichandlers/CPACHandler.ashx?attachmentid=246962")
    stating = [one for one in hanging.rows if "inherited" not in Current.objects.get(number=one.number).said]

    assert hanging.total > 100 > len(stating) and hanging.waiting == 0


def test_the_list_of_one_scheme_is_read_and_other_annotations_are_no_records():
    delivery = taken("common-criteria-canada", "sec-certs-annotations", "cc_scheme_lists_sample.json.gz", "2024-07-19")

    assert counts(delivery, "new", "rejected") == (118, 0)
    assert Current.objects.values("issuer").distinct().count() == 1


ANNOTATED = ("truth", "random", "missing_ids", "duplicate_ids", "ref_train", "ref_valid", "ref_test")


def test_numbers_that_people_annotated_are_one_key_each_however_they_are_typed():
    numbers = set()
    for name in ANNOTATED:
        with gzip.open(shared("data", "sec-certs-annotations", f"{name}.csv.gz"), "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                numbers.add(row.get("cert_id") or row.get("canonical_reference_keyword") or "")
    numbers.discard("")

    keys = {number: number_key(number) for number in numbers}

    assert len(numbers) > 400 and len(set(keys.values())) == len(numbers)
    for number, key in keys.items():
        wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in number)
        spelled = (number.lower(), number.replace("-", " "), number.replace("-", "–"), number.replace("/", "_"), wide)
        assert {number_key(one) for one in spelled} == {key}
