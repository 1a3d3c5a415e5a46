from django.urls import path

from scheduling.views import appointments, day, hours, months, next_steps, walk_ins

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
    path("tag/", day.day, name="today"),
    path("tag/<str:day>/", day.day, name="day"),
    path("tag/<str:day>/stand/", day.live, name="day_live"),
    path("sprechstunden/<int:pk>/tagesblatt/", day.paper, name="day_paper"),
    path("sprechstunden/<int:pk>/verspaetung/", day.late, name="run_late"),
    path("sprechstunden/<int:pk>/ohne-termin/", walk_ins.take_in, name="take_in"),
    path("ohne-termin/<int:pk>/eintragen/", day.mark_walk_in, name="mark_walk_in"),
    path("termine/<int:pk>/eintragen/", day.mark_appointment, name="mark_appointment"),
    path("termine/<int:pk>/weiter/", next_steps.what_next, name="what_next"),
    path("termine/<int:pk>/", appointments.appointment, name="appointment"),
    path("termine/<int:pk>/absagen/", appointments.cancel, name="cancel_appointment"),
    path("termine/<int:pk>/verschieben/", appointments.move, name="move_appointment"),
]
