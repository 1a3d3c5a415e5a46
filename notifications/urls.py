"""Addresses for machines (Twilio's callbacks, subscribed calendars) and the pages that touch telling."""

from django.urls import path

from notifications import webhooks
from notifications.views import (
    audit_log,
    booking,
    calendar_feed,
    calendar_page,
    caseloads,
    client_file,
    clients,
    companions,
    hour_changes,
    keeping,
    releases,
    team_plan,
    worklist,
)

urlpatterns = [
    path("twilio/status", webhooks.status, name="twilio_status"),
    path("twilio/inbound", webhooks.inbound, name="twilio_inbound"),
    path("calendar/<str:token>.ics", calendar_feed.calendar_feed, name="calendar_feed"),
    path("zeitfenster/<int:pk>/buchen/", booking.book, name="book"),
    path("zeitfenster/<int:pk>/klientinnen/", booking.client_suggestions, name="client_suggestions"),
    path("klientinnen/", clients.clients, name="clients"),
    path("klientinnen/ablauf/", keeping.clients_expiring, name="clients_expiring"),
    path("klientinnen/meine/", caseloads.caseload, name="caseload"),
    path("klientinnen/<int:pk>/zustaendig/", caseloads.client_caseload, name="client_caseload"),
    path("klientinnen/<int:pk>/", clients.client, name="client"),
    path("klientinnen/<int:pk>/auskunft/", keeping.client_export, name="client_export"),
    path("klientinnen/<int:pk>/auskunft.json", keeping.client_export_json, name="client_export_json"),
    path("klientinnen/<int:pk>/loeschen/", keeping.erase_client, name="erase_client"),
    path("klientinnen/<int:pk>/bearbeiten/", client_file.edit_client, name="edit_client"),
    path("klientinnen/<int:pk>/zusammenfuehren/<int:other>/", client_file.merge, name="merge_clients"),
    path("klientinnen/<int:pk>/nummer/", client_file.resume_phone, name="resume_phone"),
    path("klientinnen/<int:pk>/nummer/ruhen/", client_file.suspend_phone, name="suspend_phone"),
    path("klientinnen/<int:pk>/entbindung/", releases.give_release, name="give_release"),
    path("klientinnen/<int:pk>/entbindung/druck/", releases.release_sheet, name="release_sheet"),
    path(
        "klientinnen/<int:pk>/entbindung/<int:release>/", releases.release_as_given, name="release_as_given"
    ),
    path(
        "klientinnen/<int:pk>/entbindung/klinik/<int:clinic>/widerruf/",
        releases.withdraw_release,
        name="withdraw_release",
    ),
    path("klientinnen/<int:pk>/einwilligung/druck/", releases.consent_sheet, name="consent_sheet"),
    path(
        "klientinnen/<int:pk>/einwilligung/<int:consent>/", releases.consent_as_given, name="consent_as_given"
    ),
    path("klientinnen/<int:pk>/einwilligung/", clients.give_consent, name="give_consent"),
    path("klientinnen/<int:pk>/widerruf/", clients.withdraw_consent, name="withdraw_consent"),
    path("klientinnen/<int:pk>/protokoll/", audit_log.client_log, name="client_log"),
    path("protokoll/", audit_log.log, name="log"),
    path("termine/<int:pk>/nachrichten/", clients.appointment_messages, name="appointment_messages"),
    path("termine/<int:pk>/begleitung/", companions.companions, name="companions"),
    path("sprechstunden/<int:pk>/absagen/", hour_changes.cancel_hour, name="cancel_hour"),
    path("sprechstunden/<int:pk>/verlegen/", hour_changes.move_hour, name="move_hour"),
    path("sprechstunden/<int:pk>/dauer/", hour_changes.resize_hour, name="resize_hour"),
    path("sprechstunden/<int:pk>/vertretung/", hour_changes.substitute_hour, name="substitute_hour"),
    path("aufgaben/", worklist.worklist, name="worklist"),
    path("aufgaben/anzahl/", worklist.worklist_counts, name="worklist_counts"),
    path("aufgaben/<int:pk>/<slug:kind>/<int:subject>/", worklist.mark_work, name="mark_work"),
    path("woche/", team_plan.team_plan, name="team_plan"),
    path("profil/kalender/", calendar_page.my_calendar, name="my_calendar"),
    path("profil/kalender/<int:pk>/beenden/", calendar_page.revoke_feed, name="revoke_feed"),
]
