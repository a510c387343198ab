"""Addresses of the management system, below ``/w/workshop/``."""

from django.urls import path

from testamur.workspace.workshop.improvement.system import objectives, processes

urlpatterns = [
    path("objectives/", objectives.objectives, name="workshop-objectives"),
    path("objectives/new/", objectives.objective_new, name="workshop-objective-new"),
    path("objectives/<str:objective_id>/", objectives.objective, name="workshop-objective"),
    path("processes/", processes.processes, name="workshop-processes"),
    path("processes/<str:process_id>/", processes.process, name="workshop-process"),
]
