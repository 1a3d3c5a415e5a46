"""What is told to whom."""

from django.db import models
from django.db.models import Q

from notifications.models.consents import Channel
from scheduling.models import Appointment, Change, Client, ConsultationHour, Offer
from sites.encryption import EncryptedTextField
from sites.models import User


class MessageKind(models.TextChoices):
    CONFIRMATION = "confirmation", "Bestätigung"
    REMINDER = "reminder", "Erinnerung"
    MOVED = "moved", "Verschiebung"
    CANCELLED = "cancelled", "Absage"
    SUBSTITUTED = "substituted", "Vertretung"
    SHORT_NOTICE = "short_notice", "kurzfristige Änderung"
    DRAFTS_WAIT = "drafts_wait", "Entwürfe warten"
    UNPUBLISHED = "unpublished", "Monat nicht veröffentlicht"
    FREE_SLOTS = "free_slots", "Noch frei"
    HOUR_AHEAD = "hour_ahead", "Findet statt"
    OFFER = "offer", "Angebot von der Warteliste"
    OFFER_OVER = "offer_over", "Angebot gilt nicht mehr"


# Told to those who plan, about whole months.
OF_MONTHS = [MessageKind.DRAFTS_WAIT.value, MessageKind.UNPUBLISHED.value]
# Notes to staff about an hour that comes.
OF_HOURS_AHEAD = [MessageKind.FREE_SLOTS.value, MessageKind.HOUR_AHEAD.value]
# Mails that bring an entry into a calendar or take it out.
OF_CALENDARS = [
    MessageKind.CONFIRMATION.value,
    MessageKind.MOVED.value,
    MessageKind.SUBSTITUTED.value,
    MessageKind.CANCELLED.value,
]
# To somebody who waits, and to who cares for them.
OF_OFFERS = [MessageKind.OFFER.value, MessageKind.OFFER_OVER.value]
# Planned ahead for a time, and not because something changed.
AHEAD_OF_TIME = [MessageKind.REMINDER.value, *OF_MONTHS, *OF_HOURS_AHEAD]


class MessageState(models.TextChoices):
    """`uncertain` is handed to the transport without an answer: sent or not, only the provider knows."""

    PLANNED = "planned", "geplant"
    SENDING = "sending", "wird gesendet"
    SENT = "sent", "gesendet"
    DELIVERED = "delivered", "zugestellt"
    FAILED = "failed", "fehlgeschlagen"
    UNCERTAIN = "uncertain", "ungewiss"
    DROPPED = "dropped", "entfallen"


class Reason(models.TextChoices):
    """Why a message was dropped (nobody has to do anything) or failed (somebody should know)."""

    SUPERSEDED = "superseded", "durch eine spätere Änderung überholt"
    APPOINTMENT_CANCELLED = "appointment_cancelled", "Termin ist abgesagt"
    NEVER_TOLD = "never_told", "vom Termin war noch nichts mitgeteilt"
    NO_CONSENT = "no_consent", "keine Einwilligung"
    NO_ADDRESS = "no_address", "keine Telefonnummer oder Adresse"
    LANDLINE = "landline", "Festnetz empfängt keine SMS"
    PHONE_SUSPENDED = "phone_suspended", "Nummer ruht"
    INACTIVE = "inactive", "Konto ist nicht mehr aktiv"
    SMS_OFF = "sms_off", "SMS ist nicht eingerichtet"
    NOT_WANTED = "not_wanted", "im eigenen Zugang abgestellt"
    TOO_LATE = "too_late", "Termin hatte schon begonnen"
    DENIED_WORD = "denied_word", "Text hätte etwas verraten"
    REFUSED = "refused", "vom Versanddienst abgelehnt"
    OPTED_OUT = "opted_out", "mit STOP abbestellt"
    UNDELIVERED = "undelivered", "nicht zustellbar"
    TOO_MANY_ATTEMPTS = "too_many_attempts", "mehrmals nicht gelungen"
    TOLD_IN_PERSON = "told_in_person", "persönlich erinnert"
    ERASED = "erased", "Angaben zur Person sind gelöscht"


# What the recipient knows, or may know, of.
TOLD = [MessageState.SENT.value, MessageState.DELIVERED.value, MessageState.UNCERTAIN.value]
HANDED_OVER = [MessageState.SENDING.value, MessageState.UNCERTAIN.value]
PROBLEMS = [MessageState.FAILED.value, MessageState.UNCERTAIN.value]


class Message(models.Model):
    """One thing to tell one recipient through one channel at one time. FHIR: Communication.

    The row is the message, whatever queue or process carries it. It is about one appointment; or about a
    whole `hour`, then for staff only; or about an `offer` from the waiting list, and then
    `appointment_starts_at` is when that ends, or the slot begins that is lost. `sequence` and
    `appointment_starts_at` say which state of it is told. One about months (see MonthNotice) hangs on the
    first of the hours that it is about, if there are any yet, and `appointment_starts_at` is the last one's
    start: then nobody needs it any more. `claimed_at` marks the attempt under way: only who set it may write
    that attempt's result. `address` and `body` are filled immediately before the transport is called, so an
    attempt without them has certainly not left. `stage` is how many days ahead a reminder, or a note about an
    hour, is sent.
    """

    channel = models.CharField(max_length=5, choices=Channel.choices)
    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    # The unique constraints below begin with it and serve as its index.
    change = models.ForeignKey(
        Change, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    hour = models.ForeignKey(
        ConsultationHour, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.PROTECT, related_name="messages")
    recipient_client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    recipient_user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    sequence = models.PositiveIntegerField()
    appointment_starts_at = models.DateTimeField()
    stage = models.PositiveSmallIntegerField(null=True, blank=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.PLANNED.value)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    address = EncryptedTextField(blank=True, default="")
    body = EncryptedTextField(blank=True, default="")
    provider_sid = models.CharField(max_length=64, blank=True, default="")
    provider_status = models.CharField(max_length=20, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True, default="")

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient_client__isnull=False, recipient_user__isnull=True)
                | Q(recipient_client__isnull=True, recipient_user__isnull=False),
                name="message_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, hour__isnull=True, offer__isnull=True)
                | Q(
                    appointment__isnull=True,
                    hour__isnull=False,
                    offer__isnull=True,
                    recipient_user__isnull=False,
                )
                | Q(appointment__isnull=True, hour__isnull=True, offer__isnull=True, kind__in=OF_MONTHS)
                | Q(appointment__isnull=True, hour__isnull=True, offer__isnull=False, kind__in=OF_OFFERS),
                name="message_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AHEAD_OF_TIME, stage__isnull=False, change__isnull=True)
                | (~Q(kind__in=AHEAD_OF_TIME) & Q(stage__isnull=True, change__isnull=False)),
                name="message_reminds_or_tells_a_change",
            ),
            models.UniqueConstraint(
                fields=["change", "channel", "recipient_client"],
                condition=Q(recipient_client__isnull=False, change__isnull=False),
                name="client_is_told_a_change_once",
            ),
            models.UniqueConstraint(
                fields=["change", "channel", "recipient_user"],
                condition=Q(recipient_user__isnull=False, change__isnull=False),
                name="user_is_told_a_change_once",
            ),
            # A dropped one was never sent: it leaves room for another, should the appointment move back.
            models.UniqueConstraint(
                fields=["appointment", "stage", "appointment_starts_at"],
                condition=Q(kind=MessageKind.REMINDER) & ~Q(state=MessageState.DROPPED),
                name="one_reminder_per_stage_and_start",
            ),
            models.UniqueConstraint(
                fields=["hour", "stage", "appointment_starts_at", "recipient_user"],
                condition=Q(kind__in=OF_HOURS_AHEAD) & ~Q(state=MessageState.DROPPED),
                name="one_note_per_hour_stage_and_start",
            ),
            models.UniqueConstraint(
                fields=["provider_sid"], condition=~Q(provider_sid=""), name="provider_sid_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=HANDED_OVER) | Q(claimed_at__isnull=False),
                name="message_handed_over_has_claimed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MessageState.SENT, MessageState.DELIVERED])
                | Q(sent_at__isnull=False),
                name="message_sent_has_sent_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MessageState.FAILED, MessageState.DROPPED]) | ~Q(reason=""),
                name="message_ended_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="message_due", condition=Q(state=MessageState.PLANNED)
            ),
            models.Index(
                fields=["claimed_at"], name="message_handed_over", condition=Q(state__in=HANDED_OVER)
            ),
            models.Index(
                fields=["appointment_starts_at"], name="message_problem", condition=Q(state__in=PROBLEMS)
            ),
        ]

    @property
    def told_appointment(self) -> Appointment:
        """The appointment that is told of. ValueError for a message about something else."""
        if self.appointment is None:
            raise ValueError("the message is about no appointment")
        return self.appointment

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_channel_display()} {self.due_at:%d.%m.%Y %H:%M} UTC"
