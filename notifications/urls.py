"""Addresses for machines (Twilio's callbacks, subscribed calendars) and the pages that touch telling."""

from django.urls import path

from notifications import webhooks
from notifications.views import booking, calendar_feed, calendar_page, clients

urlpatterns = [
    path("twilio/status", webhooks.status, name="twilio_status"),
    path("twilio/inbound", webhooks.inbound, name="twilio_inbound"),
    path("calendar/<str:token>.ics", calendar_feed.calendar_feed, name="calendar_feed"),
    path("zeitfenster/<int:pk>/buchen/", booking.book, name="book"),
    path("zeitfenster/<int:pk>/klientinnen/", booking.client_suggestions, name="client_suggestions"),
    path("klientinnen/", clients.clients, name="clients"),
    path("klientinnen/<int:pk>/", clients.client, name="client"),
    path("klientinnen/<int:pk>/einwilligung/", clients.give_consent, name="give_consent"),
    path("klientinnen/<int:pk>/widerruf/", clients.withdraw_consent, name="withdraw_consent"),
    path("termine/<int:pk>/nachrichten/", clients.appointment_messages, name="appointment_messages"),
    path("profil/kalender/", calendar_page.my_calendar, name="my_calendar"),
    path("profil/kalender/<int:pk>/beenden/", calendar_page.revoke_feed, name="revoke_feed"),
]
