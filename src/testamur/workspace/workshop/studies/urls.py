"""Addresses of studies, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import path

from testamur.workspace.workshop.studies import (
    attaching,
    characteristics,
    chart,
    charts,
    comparison,
    gauges,
    limits,
    points,
    reports,
    studies,
)

ONE = "charts/<str:chart_id>/"

urlpatterns = [
    path("characteristics/", characteristics.characteristics, name="workshop-characteristics"),
    path("characteristics/new/", characteristics.characteristic_new, name="workshop-characteristic-new"),
    path("characteristics/<str:characteristic_id>/", characteristics.characteristic, name="workshop-characteristic"),
    path("gauges/", gauges.gauges, name="workshop-gauges"),
    path("gauges/new/", gauges.gauge_new, name="workshop-gauge-new"),
    path("gauges/<str:gauge_id>/", gauges.gauge, name="workshop-gauge"),
    path("charts/", charts.charts, name="workshop-charts"),
    path("charts/new/", charts.chart_new, name="workshop-chart-new"),
    path(ONE, chart.chart, name="workshop-chart"),
    path(f"{ONE}data/", points.chart_data, name="workshop-chart-data"),
    path(f"{ONE}points/<int:number>/", points.point, name="workshop-point"),
    path(f"{ONE}limits/", limits.chart_limits, name="workshop-chart-limits"),
    path(f"{ONE}stages/", limits.chart_stages, name="workshop-chart-stages"),
    path(f"{ONE}comparison/", comparison.chart_comparison, name="workshop-chart-comparison"),
    path(f"{ONE}settings/", charts.chart_settings, name="workshop-chart-settings"),
    path(f"{ONE}closing/", charts.chart_closing, name="workshop-chart-closing"),
    path(f"{ONE}report.pdf", reports.chart_report, name="workshop-chart-report"),
    path("studies/", studies.studies, name="workshop-studies"),
    path("studies/new/", studies.study_new, name="workshop-study-new"),
    path("studies/new/<str:method_id>/", studies.study_method, name="workshop-study-method"),
    path("studies/<str:study_id>/", studies.study, name="workshop-study"),
    path("studies/<str:study_id>/report.pdf", reports.study_report, name="workshop-study-report"),
    path("studies/<str:study_id>/cases/", attaching.attach, name="workshop-study-attach"),
]
