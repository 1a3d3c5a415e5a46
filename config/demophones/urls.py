"""The addresses. Each view takes the request and the `Demo`, and what stands in the path."""

from django.urls import path

from config.demophones import api, pages, templating

urlpatterns = [
    path("", pages.phones, name="phones"),
    path("telefone", pages.phones_live, name="phones_live"),
    path("antworten", pages.reply, name="reply"),
    path("postfach", pages.mails, name="mails"),
    path("postfach/liste", pages.mails_live, name="mails_live"),
    path("postfach/<str:name>/<int:number>", pages.mail, name="mail"),
    path("postfach/<str:name>/<int:number>/quelltext", pages.source, name="source"),
    path("postfach/<str:name>/<int:number>/anhang/<int:index>", pages.attachment, name="attachment"),
    path("healthz", pages.healthz, name="healthz"),
    path("static/<path:path>", templating.static_file, name="static"),
    path("2010-04-01/Accounts/<str:account_sid>/Messages.json", api.messages, name="messages"),
    path("2010-04-01/Accounts/<str:account_sid>/Messages/<str:sid>.json", api.message, name="message"),
    path("2010-04-01/<path:rest>", api.unknown, name="unknown"),
]
