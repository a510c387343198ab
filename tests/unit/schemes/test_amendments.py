"""What professionals sent back (amendments A1 to F) holds in the library."""

from __future__ import annotations

import pytest

from testamur.schemes.language.library import Library

LIBRARY = Library()
KEYS = [f"{path.parent.name}@{path.stem}" for path in LIBRARY.files()]
QMS = LIBRARY.load("cn-qms")
LAMP = LIBRARY.load("voluntary-product-type5")
LICENCE = LIBRARY.load("licence-certification-body")
ACCREDITATION = LIBRARY.load("accreditation-cb")
PERSON = LIBRARY.load("person-auditor")
LABORATORY = LIBRARY.load("qualification-lab")


@pytest.mark.parametrize("ident", ["cn-qms", "voluntary-product-type5", "licence-certification-body", "person-auditor"])
def test_a_change_and_a_transition_have_an_activity(ident):  # A1
    definition = LIBRARY.load(ident)

    assert definition.activities_on("change")
    assert definition.activities_on("transition")


@pytest.mark.parametrize("key", KEYS)
def test_the_platform_lets_nothing_but_expiry_happen_by_itself(key):  # A2
    definition = LIBRARY.load(key)

    assert {row.to for row in definition.grounds if row.asked_by == "platform"} <= {"expired"}
    assert all(row.by for row in definition.duties())
    assert all(row.by for row in definition.grounds if row.standing)


def test_surveillance_that_was_missed_is_a_duty_that_a_body_may_sign_beforehand():  # A2
    ground = QMS.ground("surveillance_missed")

    assert (ground.asked_by, str(ground.by), ground.standing) == ("issuer", "5 working days after due", True)


def test_a_revoked_licence_gives_no_grace_and_blames_the_issuer():  # A3
    licence, ground = QMS.authority("licence"), QMS.ground("issuer_revoked")

    assert (licence.grace, licence.then) == (None, "issuer_revoked")
    assert (ground.to, ground.cause, str(ground.reapply_after)) == ("withdrawn", "issuer", "3 months")
    assert QMS.authority("accreditation").grace is not None  # MD 2 speaks of accreditation


def test_accreditation_is_voluntary_for_the_voluntary_product():  # A4
    assert LAMP.authority("accreditation").demand == "if_claimed"
    assert LAMP.authority("licence").demand == "always"


def test_a_certificate_says_its_parties_and_its_scope_in_words():  # A5
    assert {"parties", "scope_statement", "revision", "seal", "validity_condition"} <= set(QMS.attestation.shows)
    assert {"mode", "models", "trademark"} <= set(LAMP.attestation.shows)
    assert LAMP.scheme.mode["en"].startswith("Type test")


@pytest.mark.parametrize(
    ("ident", "unique"),
    [
        ("cn-qms", ("holder", "document", "site")),
        ("ccc-0901", ("unit",)),
        ("accreditation-cb", ("holder", "system")),
        ("person-auditor", ("holder", "document")),
    ],
)
def test_what_is_unique_leaves_room_for_ordinary_life_and_only_warns(ident, unique):  # A6
    attestation = LIBRARY.load(ident).attestation

    assert attestation.unique == unique
    assert not attestation.unique_refuses


def test_all_registrations_of_a_person_name_the_same_body():  # A6, B5
    assert PERSON.attestation.same == ("body",)


@pytest.mark.parametrize(
    ("definition", "function"),
    [(ACCREDITATION, "accredit"), (PERSON, "register_persons"), (LABORATORY, "qualify_laboratories")],
)
def test_who_acts_under_law_holds_a_published_competence(definition, function):  # A7
    (row,) = [row for row in definition.authorities_of() if row.kind == "competence"]

    assert (row.any_of, row.function) == (("competence-authority",), function)


def test_a_competence_is_function_by_territory_by_field_and_rests_on_law():  # A7
    competence = LIBRARY.load("competence-authority")

    assert [row.tree for row in competence.scopes] == ["functions", "regions", "fields"]
    assert [(row.kind, row.territory) for row in competence.authorities] == [("law", ("CN",))]


def test_one_visit_may_serve_schemes_of_several_issuers():  # A8
    assert LIBRARY.load("ccc-0101").scheme.joint_with == ("cn-qms@2026-1",)


def test_grounds_say_cause_effect_and_the_word_of_the_act():  # A9
    fraud, stopped = LICENCE.ground("by_fraud"), LICENCE.ground("stopped")

    assert (fraud.effect, fraud.legal_kind) == ("from_start", "撤销")
    assert (stopped.effect, stopped.legal_kind) == ("from_now", "注销")
    assert LICENCE.ground("circumstances_changed").legal_kind == "撤回"
    assert LICENCE.ground("serious").legal_kind == "吊销"


def test_the_head_of_the_body_signs():  # A12
    assert QMS.decision.signed_by == ("lead_auditor", "decider", "head")
    assert QMS.role("head").title["zh"] == "认证机构负责人（授权签字人）"


def test_a_charger_is_not_told_to_wait_for_a_visit():  # B2
    charger, cords = LIBRARY.load("ccc-0901"), LIBRARY.load("ccc-0101")

    assert LIBRARY.load("ccc-product").scheme.base
    assert [row.id for row in charger.activities_on("initial")] == ["type_test"]
    assert [row.id for row in cords.activities_on("initial")] == ["type_test", "factory_inspection"]
    assert charger.scheme.mode["zh"] == "型式试验 + 获证后监督"
    assert {row.id for row in charger.rounds} == {"yearly", "class_a"}


def test_goods_have_an_answer_of_their_own():  # B3
    goods = LIBRARY.load("ccc-0901").ground("follow_up_missed").goods

    assert goods == {"made_before": "may_sell", "made_after": "stop_shipping"}


def test_a_licence_is_given_by_field():  # B4
    (scope,) = LICENCE.scopes
    nodes = LIBRARY.words.trees["fields"].nodes

    assert scope.tree == "fields"
    assert all(option["id"] in nodes for option in LICENCE.field("fields").options)


def test_every_certifier_is_registered_not_auditors_alone():  # B5
    inspectors = LAMP.authority("inspectors-registered")

    assert (inspectors.of, inspectors.any_of) == ("inspector", ("person-inspector",))
    assert LIBRARY.load("person-inspector").grade("inspector").rank == 2
    assert [row.id for row in PERSON.activities_on("change")] == ["change_of_body"]
    assert not PERSON.scope("document").many


def test_the_time_to_close_differs_by_occasion():  # B6
    major = QMS.finding("major")

    assert str(major.close_by_on("initial")) == "6 months after determined"
    assert str(major.close_by_on("surveillance")) == "3 months after determined"
    assert str(major.close_by_on("renewal")) == "expiry"
    assert "close_by" in major.unconfirmed


def test_an_extension_is_planned_and_only_complaints_come_at_short_notice():  # B7
    assert QMS.activity("extension_audit").notice == "announced"
    assert "extension" not in QMS.activity("special_audit").on
    assert QMS.activity("special_audit").notice == "short"


def test_sites_are_sampled_without_the_central_function():  # B8
    assert QMS.rule_for("site_sample").from_ == {"n": "form.sites.without_central"}


def test_the_register_is_asked_and_not_the_applicant():  # B9
    asked = QMS.rule_for("eligibility").from_

    assert asked["own_cert_lost_on"] == "register.own_cert_lost_on"
    assert asked["former_cb_revoked_on"] == "register.former_cb_revoked_on"
    assert not QMS.field("register_disputed").required


def test_a_foreign_accreditation_counts_when_it_is_filed():  # B14
    row = QMS.authority("accreditation")

    assert (row.any_of_kind, row.filed, row.arrangements) == ("accreditation", True, ("iaf-mla", "gaci-mra"))
    assert ACCREDITATION.decision.independent_of == ("determination", "review")


def test_records_are_kept_from_the_end():  # B17
    assert [str(part) for part in QMS.disclosure.keep] == ["current and previous cycle", "2 years"]


def test_a_transfer_ends_the_old_certificate_without_blame():  # F
    ground = QMS.ground("transferred")

    assert (ground.to, ground.cause) == ("cancelled", "neither")


def test_no_shipped_scheme_replaces_a_version_nobody_holds_in_silence():  # engineering 33
    assert QMS.scheme.replaces is None
    assert LIBRARY.load("ccc-declaration").scheme.replaces in LIBRARY.words.earlier


@pytest.mark.parametrize("key", KEYS)
def test_the_chinese_words_are_the_profession_s(key):  # B16
    text = LIBRARY.find(key).read_text("utf-8")

    for word in ("持证人", "合同评审", "策划员", "一般不符合", "监管机关"):
        assert word not in text, word
