"""The four routes, at the addresses of the real service."""

from django.urls import path

from benchmarks.django_rest import views

urlpatterns = [
    path("v1/intakes/<uuid:intake_id>", views.IntakeView.as_view()),
    path("v1/referrals", views.ReferralList.as_view()),
    path("v1/referrals/<uuid:referral_id>/status", views.ReferralStatusView.as_view()),
    path("v1/referrals/<uuid:referral_id>/acceptances", views.AcceptanceView.as_view()),
]
