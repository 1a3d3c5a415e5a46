from django.urls import path

from scheduling.views import appointments, drafts, hours, months, series

urlpatterns = [
    path("", months.home, name="home"),
    path("standorte/<slug:site>/", months.month, name="month"),
    path("standorte/<slug:site>/vorschau/", months.propose_preview, name="propose_preview"),
    path("standorte/<slug:site>/vorschlagen/", months.propose, name="propose"),
    path("standorte/<slug:site>/veroeffentlichen/", months.publish, name="publish"),
    path("standorte/<slug:site>/planung/", series.planning_settings, name="planning_settings"),
    path("standorte/<slug:site>/reihen/", series.series_list, name="series_list"),
    path("standorte/<slug:site>/reihen/neu/", series.new_series, name="new_series"),
    path("standorte/<slug:site>/reihen/vorschau/", series.series_preview, name="series_preview"),
    path("reihen/<int:pk>/", series.series, name="series"),
    path("reihen/<int:pk>/abweichungen/", series.series_differences, name="series_differences"),
    path("reihen/<int:pk>/abweichungen/uebernehmen/", series.apply_differences, name="apply_differences"),
    path("monate/", months.months, name="months"),
    path("entwuerfe/", drafts.drafts, name="drafts"),
    path("entwuerfe/veroeffentlichen/", drafts.publish_drafts, name="publish_drafts"),
    path("sprechstunden/<int:pk>/antwort/", drafts.answer_draft, name="answer_draft"),
    path("sprechstunden/<int:pk>/aendern/", drafts.change_draft, name="change_draft"),
    path("sprechstunden/<int:pk>/zeitfenster/", drafts.rearrange, name="rearrange"),
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
