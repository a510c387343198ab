"""Addresses of the workspace, below ``/w/``. Everything is behind sign-in (``parties.acting``)."""

from django.urls import include, path

from testamur.workspace.views import (
    application,
    apply,
    cases,
    certificates,
    determination,
    findings,
    inbox,
    judging,
    oversight,
    people,
    planning,
)

app_name = "workspace"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("search/", cases.search, name="search"),
    path("help/", cases.guide, name="help"),
    path("apply/", apply.choose, name="apply"),
    path("apply/<slug:scheme_id>/", apply.start, name="apply-start"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:case_id>/", cases.case, name="case"),
    path("cases/<str:case_id>/events/", cases.events, name="case-events"),
    path("cases/<str:case_id>/files/", cases.files, name="case-files"),
    path("cases/<str:case_id>/files/<slug:kind>/<int:row_id>/", cases.file, name="case-file"),
    path("cases/<str:case_id>/ending/", cases.ending, name="case-ending"),
    path("cases/<str:case_id>/oversight/", cases.look, name="case-look"),
    path("cases/<str:case_id>/application/", application.application, name="application"),
    path("cases/<str:case_id>/application/draft/", application.draft, name="application-draft"),
    path("cases/<str:case_id>/application/check/", application.check, name="application-check"),
    path("cases/<str:case_id>/application-review/", planning.application_review, name="application-review"),
    path("cases/<str:case_id>/team/", planning.team, name="team"),
    path("cases/<str:case_id>/plan/", planning.plan, name="plan"),
    path("cases/<str:case_id>/determination/", determination.overview, name="determination"),
    path("cases/<str:case_id>/determination/<str:activity_id>/", determination.activity, name="activity"),
    path("cases/<str:case_id>/findings/", findings.findings, name="findings"),
    path("cases/<str:case_id>/findings/<str:finding_id>/", findings.finding, name="finding"),
    path("cases/<str:case_id>/review/", judging.review, name="review"),
    path("cases/<str:case_id>/decision/", judging.decision, name="decision"),
    path("cases/<str:case_id>/attestation/", certificates.issue, name="attestation"),
    path("decisions/<str:decision_id>/appeal/", judging.appeal_against, name="appeal-against"),
    path("appeals/<str:appeal_id>/", judging.appeal, name="appeal"),
    path("certificates/", certificates.certificates, name="certificates"),
    path("certificates/<str:attestation_id>/", certificates.certificate, name="certificate"),
    path(
        "certificates/<str:attestation_id>/files/<str:ending>", certificates.certificate_file, name="certificate-file"
    ),
    path("certificates/<str:attestation_id>/report/", certificates.report, name="certificate-report"),
    path("certificates/<str:attestation_id>/cases/", apply.about, name="certificate-case"),
    path("certificates/<str:attestation_id>/<slug:act>/", certificates.act, name="certificate-act"),
    path("dues/<int:due_id>/case/", certificates.open_due, name="due-case"),
    path("people/", people.people, name="people"),
    path("people/<str:person_id>/", people.person, name="person"),
    path("oversight/", oversight.oversight, name="oversight"),
    path("schemes/", oversight.library, name="schemes"),
    path("", include("testamur.workspace.urls_organisation")),
]
