"""Who came, went in and was done, and what follows: what appointments and walk-ins share."""

from django.db import models
from django.db.models import F, Q

from sites.models import User


def _mark_by() -> models.ForeignKey:
    return models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


class NextStep(models.TextChoices):
    """What follows when somebody was there and is done."""

    NOTHING = "nothing", "nichts weiter"
    FOLLOW_UP = "follow_up", "Folgetermin hier"
    PIA = "pia", "Weiterbehandlung in der PIA"
    WAITING = "waiting", "zurück auf die Warteliste"


class Handover(models.TextChoices):
    """The line for the social worker who accompanies the way into the PIA. No free text, nothing clinical."""

    GIVEN = "given", "Termin in der PIA ist mitgegeben"
    CALL = "call", "Bitte den Termin in der PIA telefonisch vereinbaren"
    ACCOMPANY = "accompany", "Bitte Begleitung zum ersten Termin in der PIA organisieren"
    PAPERS = "papers", "Bitte an Versichertenkarte und Ausweis erinnern"
    INTERPRETER = "interpreter", "Bitte Sprachmittlung für die PIA anmelden"


class Attended(models.Model):
    """The instants that somebody noted by a tap; what nobody noted is empty.

    `arrived_at` the client was in the house, `started_at` in the room with the psychiatrist, `ended_at` done,
    gone, or given up as not come: which of these, `status` says. `scheduling.attending` alone writes them.
    """

    arrived_at = models.DateTimeField(null=True, blank=True)
    arrived_by = _mark_by()
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = _mark_by()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = _mark_by()

    class Meta:
        abstract = True


class Followed(models.Model):
    """What was decided once it was done: which `next_step`, when and by whom.

    `pia_date` and `handover` belong to the way into the PIA, `follow_up` is the appointment that was booked.
    """

    next_step = models.CharField(
        max_length=10, choices=NextStep.choices, blank=True, default="", db_default=""
    )
    next_step_at = models.DateTimeField(null=True, blank=True)
    next_step_by = _mark_by()
    pia_date = models.DateField(null=True, blank=True)
    handover = models.CharField(
        max_length=12, choices=Handover.choices, blank=True, default="", db_default=""
    )
    follow_up = models.OneToOneField(
        "scheduling.Appointment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True


def next_step_fits(table: str) -> list[models.CheckConstraint]:
    """Only what is done has a next step, a date belongs to the way into the PIA, an appointment to a
    follow-up."""
    return [
        models.CheckConstraint(
            condition=Q(next_step="", next_step_at__isnull=True, next_step_by__isnull=True)
            | (
                # As appointments and walk-ins call it alike.
                Q(status="fulfilled", next_step_at__isnull=False, next_step_by__isnull=False)
                & ~Q(next_step="")
            ),
            name=f"{table}_next_step_after_done",
        ),
        models.CheckConstraint(
            condition=Q(next_step=NextStep.PIA, pia_date__isnull=False)
            | (~Q(next_step=NextStep.PIA) & Q(pia_date__isnull=True, handover="")),
            name=f"{table}_pia_has_date",
        ),
        models.CheckConstraint(
            condition=Q(next_step=NextStep.FOLLOW_UP, follow_up__isnull=False)
            | (~Q(next_step=NextStep.FOLLOW_UP) & Q(follow_up__isnull=True)),
            name=f"{table}_follow_up_is_one",
        ),
    ]


def index_by_next_step(table: str) -> models.Index:
    """For the worklist: what somebody decided, and somebody has to see to."""
    return models.Index(
        fields=["next_step_at"],
        name=f"{table}_next_step_by_time",
        condition=Q(next_step__in=[NextStep.FOLLOW_UP, NextStep.PIA, NextStep.WAITING]),
    )


def at_has_by(mark: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{mark}_at__isnull": True, f"{mark}_by__isnull": True})
        | Q(**{f"{mark}_at__isnull": False, f"{mark}_by__isnull": False}),
        name=name,
    )


def marks_in_order(name: str) -> models.CheckConstraint:
    """Arrived, then in the room, then ended; a mark that is missing is passed over."""
    pairs = (("arrived_at", "started_at"), ("started_at", "ended_at"), ("arrived_at", "ended_at"))
    condition = Q()
    for earlier, later in pairs:
        missing = Q(**{f"{earlier}__isnull": True}) | Q(**{f"{later}__isnull": True})
        condition &= missing | Q(**{f"{later}__gte": F(earlier)})
    return models.CheckConstraint(condition=condition, name=name)
