"""Addresses of problems, risks, control plans, costs and boards."""

from django.urls import URLPattern, path

from testamur.workspace.workshop.improvement.problems import page, views

urlpatterns: list[URLPattern] = [
    path("problems/", views.problems, name="workshop-problems"),
    path("problems/new/", views.problem_new, name="workshop-problem-new"),
    path("problems/<str:problem_id>/", page.problem, name="workshop-problem"),
    path("problems/<str:problem_id>/report/", views.problem_report, name="workshop-problem-report"),
    path("problems/<str:problem_id>/files/<str:file_id>/", views.problem_file, name="workshop-problem-file"),
]
