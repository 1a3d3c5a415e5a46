"""manage.py invite_admin: the way in for the first person of a new installation."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from sites import acting, invitation_mails, inviting
from sites.models import Role, User
from sites.people import Post
from sites.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Lädt eine Person als Netzwerkverwaltung ein, auch wenn es noch niemanden gibt (docs/anmeldung.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="die Adresse, für die die Einladung gilt")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(
                f"«{email}» ist keine E-Mail-Adresse. Bitte prüfen Sie die Schreibweise."
            ) from error
        now = timezone.now()
        cli = User.objects.system_actor("cli")
        with acting.as_person(cli):
            try:
                invitation, token = inviting.invite(
                    email=email, post=Post(Role.NETWORK_ADMIN), by=cli, now=now
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
            sent = invitation_mails.send(invitation, token)
        until = timezone.localtime(invitation.expires_at)
        self.stdout.write(
            f"Eingeladen: {invitation.email}, {invitation}. "
            f"Der Link gilt einmal und bis {until:%d.%m.%Y, %H:%M} Uhr:"
        )
        self.stdout.write(invitation_mails.link(token))
        if sent:
            self.stdout.write("Er ist auch per E-Mail unterwegs. Bitte geben Sie ihn niemand anderem.")
        else:
            self.stderr.write(
                "Die E-Mail konnte nicht gesendet werden (EMAIL_URL). "
                "Bitte geben Sie den Link auf sicherem Weg weiter."
            )
