from django.urls import path

from scheduling.views import appointments, hours, months

urlpatterns = [
    path("", months.home, name="home"),
    path("standorte/<slug:site>/", months.month, name="month"),
    path("standorte/<slug:site>/vorschau/", months.propose_preview, name="propose_preview"),
    path("standorte/<slug:site>/vorschlagen/", months.propose, name="propose"),
    path("standorte/<slug:site>/veroeffentlichen/", months.publish, name="publish"),
    path("sprechstunden/<int:pk>/", hours.hour, name="hour"),
    path("sprechstunden/<int:pk>/veroeffentlichen/", hours.publish, name="publish_hour"),
    path("sprechstunden/<int:pk>/zuruecknehmen/", hours.withdraw, name="withdraw_hour"),
    path("sprechstunden/<int:pk>/auslassen/", hours.skip, name="skip_hour"),
    path("sprechstunden/<int:pk>/wieder-aufnehmen/", hours.restore, name="restore_hour"),
    path("tag/", hours.day, name="today"),
    path("tag/<str:day>/", hours.day, name="day"),
    path("termine/<int:pk>/", appointments.appointment, name="appointment"),
    path("termine/<int:pk>/absagen/", appointments.cancel, name="cancel_appointment"),
    path("termine/<int:pk>/verschieben/", appointments.move, name="move_appointment"),
]
