"""Addresses of problems, risks, control plans, costs and boards."""

from django.urls import URLPattern, path

from testamur.workspace.workshop.improvement.boards import views as boards
from testamur.workspace.workshop.improvement.control_plans import views as control_plans
from testamur.workspace.workshop.improvement.costs import views as costs
from testamur.workspace.workshop.improvement.problems import page, views
from testamur.workspace.workshop.improvement.risks import failures
from testamur.workspace.workshop.improvement.risks import views as risks

urlpatterns: list[URLPattern] = [
    path("problems/", views.problems, name="workshop-problems"),
    path("problems/new/", views.problem_new, name="workshop-problem-new"),
    path("problems/<str:problem_id>/", page.problem, name="workshop-problem"),
    path("problems/<str:problem_id>/report/", views.problem_report, name="workshop-problem-report"),
    path("fmea/", risks.fmeas, name="workshop-fmeas"),
    path("fmea/new/", risks.fmea_new, name="workshop-fmea-new"),
    path("fmea/<str:fmea_id>/", risks.fmea, name="workshop-fmea"),
    path("fmea/<str:fmea_id>/rows/<str:failure_id>/", failures.failure, name="workshop-failure"),
    path("control-plans/", control_plans.control_plans, name="workshop-control-plans"),
    path("control-plans/new/", control_plans.control_plan_new, name="workshop-control-plan-new"),
    path("control-plans/<str:plan_id>/", control_plans.control_plan, name="workshop-control-plan"),
    path("costs/", costs.costs, name="workshop-costs"),
    path("boards/", boards.boards, name="workshop-boards"),
    path("boards/<str:board_id>/", boards.board, name="workshop-board"),
    path("problems/<str:problem_id>/files/<str:file_id>/", views.problem_file, name="workshop-problem-file"),
]
