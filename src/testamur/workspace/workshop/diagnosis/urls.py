"""Addresses of diagnosis, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import path

from testamur.workspace.workshop.diagnosis import (
    assessments,
    compare,
    folder_clause,
    folders,
    looking,
    plan,
    report,
    results,
)
from testamur.workspace.workshop.diagnosis.path import path as way

urlpatterns = [
    path("way/", way, name="workshop-path"),
    path("check-ups/", assessments.checkups, name="workshop-diagnosis"),
    path("check-ups/new/", assessments.start, name="workshop-assessment-start"),
    path("check-ups/others/", looking.visits, name="workshop-visits"),
    path("check-ups/others/<str:grant_id>/", looking.visit, name="workshop-visit"),
    path("check-ups/compare/", compare.compare, name="workshop-benchmark"),
    path("check-ups/<str:assessment_id>/", results.assessment, name="workshop-assessment"),
    path(
        "check-ups/<str:assessment_id>/part/<int:page>/",
        assessments.questions,
        name="workshop-assessment-questions",
    ),
    path("check-ups/<str:assessment_id>/draft/", assessments.draft, name="workshop-assessment-draft"),
    path("check-ups/<str:assessment_id>/finish/", assessments.finish, name="workshop-assessment-finish"),
    path("check-ups/<str:assessment_id>/order/", results.rank, name="workshop-assessment-rank"),
    path("check-ups/<str:assessment_id>/report/", report.report, name="workshop-assessment-report"),
    path("check-ups/<str:assessment_id>/looking/", looking.grants, name="workshop-assessment-grants"),
    path("plan/", plan.plan, name="workshop-plan"),
    path("plan/new/", plan.plan_new, name="workshop-plan-new"),
    path("plan/<str:item_id>/", plan.plan_item, name="workshop-plan-item"),
    path("folder/", folders.folder_page, name="workshop-folder"),
    path("folder/index.pdf", folders.folder_index, name="workshop-folder-index"),
    path("folder/zip/", folders.folder_zip, name="workshop-folder-zip"),
    path("folder/file/<str:paper_id>/", folders.folder_file, name="workshop-folder-file"),
    path("folder/<str:clause>/", folder_clause.folder_clause, name="workshop-folder-clause"),
]
