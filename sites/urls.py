from django.urls import path

from sites import views

urlpatterns = [
    path("anmelden/", views.SignIn.as_view(), name="sign_in"),
    path("abmelden/", views.SignOut.as_view(), name="sign_out"),
]
