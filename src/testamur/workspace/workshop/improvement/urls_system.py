"""Addresses of the management system, below ``/w/workshop/``."""

from django.urls import path

from testamur.workspace.workshop.improvement.system import (
    audits,
    documents,
    objectives,
    processes,
    programmes,
    reading,
    reviews,
    suppliers,
)

urlpatterns = [
    path("objectives/", objectives.objectives, name="workshop-objectives"),
    path("objectives/new/", objectives.objective_new, name="workshop-objective-new"),
    path("objectives/<str:objective_id>/", objectives.objective, name="workshop-objective"),
    path("processes/", processes.processes, name="workshop-processes"),
    path("processes/<str:process_id>/", processes.process, name="workshop-process"),
    path("documents/", documents.documents, name="workshop-documents"),
    path("documents/new/", documents.document_new, name="workshop-document-new"),
    path("documents/<str:document_id>/", documents.document, name="workshop-document"),
    path("reading/", reading.readings, name="workshop-readings"),
    path("documents/<str:document_id>/reading/", reading.reading, name="workshop-document-reading"),
    path("documents/<str:document_id>/<int:number>/file/", reading.document_file, name="workshop-document-file"),
    path("audits/", programmes.programmes, name="workshop-audits"),
    path("audits/new/", programmes.programme_new, name="workshop-programme-new"),
    path("audits/programme/<str:programme_id>/", programmes.programme, name="workshop-programme"),
    path("audits/<str:audit_id>/", audits.audit, name="workshop-audit"),
    path("audits/<str:audit_id>/report/", audits.audit_pdf, name="workshop-audit-pdf"),
    path("reviews/", reviews.reviews, name="workshop-reviews"),
    path("reviews/new/", reviews.review_new, name="workshop-review-new"),
    path("reviews/<str:review_id>/", reviews.review, name="workshop-review"),
    path("reviews/<str:review_id>/minutes/", reviews.review_pdf, name="workshop-review-pdf"),
    path("suppliers/", suppliers.suppliers, name="workshop-suppliers"),
    path("suppliers/new/", suppliers.supplier_new, name="workshop-supplier-new"),
    path("suppliers/<str:supplier_id>/", suppliers.supplier, name="workshop-supplier"),
]
