"""The routes of the control endpoints, without trailing slashes to tell them from Alice's."""

from django.urls import path

from provisioner.simulator.control import views

urlpatterns = [
    path("reset", views.Reset.as_view()),
    path("requests", views.Requests.as_view()),
    path("rings", views.Rings.as_view()),
    path("arming", views.Armed.as_view()),
    path("hold", views.HoldOne.as_view()),
    path("clock", views.ClockHands.as_view()),
    path("tick", views.Tick.as_view()),
    path("token", views.NewToken.as_view()),
    path("variants", views.VariantsInForce.as_view()),
    path("counts", views.Counts.as_view()),
    path("objects/<slug:kind>", views.Rows.as_view()),
    path("objects/<slug:kind>/<int:pk>", views.OneRow.as_view()),
]
