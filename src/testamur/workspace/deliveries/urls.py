"""Addresses of reporting in; included by ``workspace.urls``, below its namespace."""

from django.urls import path

from testamur.workspace.deliveries import columns, conflicts, delivery, duties, listing, rows, sending

urlpatterns = [
    path("", listing.deliveries, name="deliveries"),
    path("new/", sending.new, name="delivery-new"),
    path("columns/", columns.first, name="delivery-columns"),
    path("late/", duties.late, name="deliveries-late"),
    path("conflicts/", conflicts.conflicts, name="conflicts"),
    path("conflicts/<int:conflict_id>/", conflicts.conflict, name="conflict"),
    path("<str:delivery_id>/", delivery.delivery, name="delivery"),
    path("<str:delivery_id>/progress/", delivery.progress, name="delivery-progress"),
    path("<str:delivery_id>/columns/", columns.again, name="delivery-columns-again"),
    path("<str:delivery_id>/<slug:listed>/", rows.rows, name="delivery-rows"),
]
