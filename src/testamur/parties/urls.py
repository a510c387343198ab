"""Addresses of joining, being invited, the demo, and choosing under which membership one acts."""

from django.urls import path

from testamur.parties import views

app_name = "parties"
urlpatterns = [
    path("join/", views.join, name="join"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("acting/", views.acting_as, name="acting"),
    path("demo/", views.demo, name="demo"),
]
