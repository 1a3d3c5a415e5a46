"""Who waits for an appointment, what they were offered, and who was passed over by an offer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from scheduling.models.appointments import Appointment
from scheduling.models.clients import Client
from scheduling.models.hours import ConsultationHour, Slot
from scheduling.models.series import AppointmentType
from sites.models import Site, User


class DayPart(models.TextChoices):
    """When a slot begins, by the clock on the facility's wall."""

    MORNING = "morning", "vormittags (bis 12 Uhr)"
    MIDDAY = "midday", "mittags (12 bis 14 Uhr)"
    AFTERNOON = "afternoon", "nachmittags (ab 14 Uhr)"


class ClosedReason(models.TextChoices):
    """Why somebody waits no more; empty for entries of former versions."""

    BOOKED = "booked", "hat einen Termin"
    NOT_NEEDED = "not_needed", "braucht keinen Termin mehr"
    NOT_REACHED = "not_reached", "nicht mehr zu erreichen"
    MISTAKE = "mistake", "irrtümlich eingetragen"
    MERGED = "merged", "mit einem anderen Eintrag zusammengeführt"
    ERASED = "erased", "Angaben zur Person sind gelöscht"


class WaitingEntry(models.Model):
    """A client who waits for an appointment of one type, until the entry is closed.

    They wait at `site` and at the sites of `also_at`, all in the client's facility. What they wish: not
    before `earliest_date`, not after `latest_date`, at the times of `day_parts` (none: any time). What makes
    it urgent are facts only: the day they are discharged, and the day until which a medication lasts.
    `requested_date` is when they asked, if that was earlier than `since_at`. `version` rises with every
    change, so that of two people at the same form the second sees what the first did.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="waiting_entries")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    also_at = models.ManyToManyField(Site, blank=True, related_name="+")
    appointment_type = models.CharField(max_length=10, choices=AppointmentType.choices)
    since_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    earliest_date = models.DateField(null=True, blank=True)
    latest_date = models.DateField(null=True, blank=True)
    day_parts = ArrayField(
        models.CharField(max_length=10, choices=DayPart.choices), default=list, blank=True, db_default=[]
    )
    requested_date = models.DateField(null=True, blank=True)
    discharge_date = models.DateField(null=True, blank=True)
    medication_until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, db_default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    closed_reason = models.CharField(
        max_length=12, choices=ClosedReason.choices, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ["since_at", "pk"]
        verbose_name_plural = "waiting entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="waiting_closed_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("since_at")),
                name="waiting_closed_after_since",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(closed_reason=""), name="waiting_reason_when_closed"
            ),
            models.CheckConstraint(
                condition=Q(earliest_date__isnull=True)
                | Q(latest_date__isnull=True)
                | Q(latest_date__gte=F("earliest_date")),
                name="waiting_latest_after_earliest",
            ),
            models.CheckConstraint(
                condition=Q(day_parts__contained_by=list(DayPart.values)), name="waiting_day_parts_known"
            ),
            models.UniqueConstraint(
                fields=["client", "site", "appointment_type"],
                condition=Q(closed_at__isnull=True),
                name="client_waits_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "since_at"], name="waiting_by_site", condition=Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_appointment_type_display()} seit {self.since_at:%d.%m.%Y}"

    @property
    def day_parts_in_words(self) -> str:
        return ", ".join(DayPart(each).label for each in self.day_parts) or "jederzeit"

    @property
    def wishes_in_words(self) -> list[str]:
        """Times of day, the earliest and the latest day."""
        first, last = self.earliest_date, self.latest_date
        days = [f"ab {first:%d.%m.%Y}" if first else "", f"bis {last:%d.%m.%Y}" if last else ""]
        return [self.day_parts_in_words, *(each for each in days if each)]


class OfferState(models.TextChoices):
    STANDING = "standing", "wartet auf Antwort"
    ACCEPTED = "accepted", "angenommen"
    DECLINED = "declined", "abgelehnt"
    EXPIRED = "expired", "ohne Antwort abgelaufen"
    GONE = "gone", "Zeitfenster ist entfallen"


class Offer(models.Model):
    """A slot that is held for one who waits, until `until_at`.

    While it stands its slot is held, in nobody's name. A hold that has run out counts as free by time,
    whatever `state` says still: whoever sweeps next closes the offer. `starts_at` and `ends_at` are the times
    that were offered; a slot that has moved since is another. The row stays: who was offered what, when, and
    what came of it is the entry's history.
    """

    entry = models.ForeignKey(WaitingEntry, on_delete=models.PROTECT, related_name="offers")
    # The database empties it when an hour is divided anew (migration 0024), whoever does that sees the offer
    # or not.
    slot = models.ForeignKey(
        Slot, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="offers"
    )
    hour = models.ForeignKey(ConsultationHour, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    offered_at = models.DateTimeField()
    until_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.STANDING.value)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    appointment = models.OneToOneField(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="offer"
    )

    class Meta:
        ordering = ["offered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state=OfferState.STANDING), name="slot_stands_offered_once"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state=OfferState.STANDING), name="entry_has_one_standing_offer"
            ),
            models.UniqueConstraint(
                fields=["entry", "slot", "starts_at"], name="slot_is_offered_once_to_each"
            ),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("offered_at"), until_at__lte=F("starts_at")),
                name="offer_ends_before_slot",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=OfferState.STANDING, closed_at__isnull=True, closed_by__isnull=True)
                | (
                    ~Q(state=OfferState.STANDING)
                    & Q(closed_at__isnull=False, closed_by__isnull=False, closed_at__gte=F("offered_at"))
                ),
                name="offer_closed_has_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(state=OfferState.ACCEPTED, appointment__isnull=False)
                | (~Q(state=OfferState.ACCEPTED) & Q(appointment__isnull=True)),
                name="offer_accepted_has_appointment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "until_at"],
                name="offer_standing_by_site",
                condition=Q(state=OfferState.STANDING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d.%m.%Y %H:%M} UTC {self.get_state_display()}"


class PassReason(models.TextChoices):
    """Why an offer went to somebody further behind."""

    TOO_EARLY = "too_early", "liegt vor dem frühesten Tag"
    TOO_LATE = "too_late", "liegt nach dem spätesten Tag"
    DAY_PART = "day_part", "passt nicht zu den Tageszeiten"
    HAS_OFFER = "has_offer", "hatte schon ein anderes Angebot"
    HAD_THIS = "had_this", "hatte dieses Zeitfenster schon angeboten bekommen"
    ENOUGH_TODAY = "enough_today", "hatte an diesem Tag schon drei Angebote"
    HAS_APPOINTMENT = "has_appointment", "hat zu dieser Zeit einen anderen Termin"


class PassedOver(models.Model):
    """Somebody who stood before the one who got `offer`, and why it was not theirs."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="passed_over", db_index=False)
    entry = models.ForeignKey(WaitingEntry, on_delete=models.PROTECT, related_name="passes")
    reason = models.CharField(max_length=16, choices=PassReason.choices)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "passed over"
        constraints = [models.UniqueConstraint(fields=["offer", "entry"], name="passed_over_once")]

    def __str__(self) -> str:
        return self.get_reason_display()
