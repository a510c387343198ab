"""Addresses of studies, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import path

from testamur.workspace.workshop.studies import attaching

urlpatterns = [
    path("studies/<str:study_id>/cases/", attaching.attach, name="workshop-study-attach"),
]
