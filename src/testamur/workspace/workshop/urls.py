"""Addresses of the quality workshop; included by ``workspace.urls``, below its namespace."""

from django.urls import include, path

from testamur.workspace.workshop import home

urlpatterns = [
    path("", home.workshop, name="workshop"),
    path("", include("testamur.workspace.workshop.studies.urls")),
    path("", include("testamur.workspace.workshop.improvement.urls")),
    path("", include("testamur.workspace.workshop.diagnosis.urls")),
    path("", include("testamur.workspace.workshop.proficiency.urls")),
]
