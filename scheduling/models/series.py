"""Recurring consultation hours and what each is divided into."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from sites.models import Room, Site, User


class AppointmentType(models.TextChoices):
    """FHIR: serviceType."""

    FIRST = "first", "Erstgespräch"
    FOLLOW_UP = "follow_up", "Folgegespräch"
    OPEN = "open", "Offene Sprechstunde"


class PlanLine(models.TextChoices):
    """What a line of a slot plan stands for: an appointment of a type, or a pause that gets no slot."""

    FIRST = AppointmentType.FIRST.value, AppointmentType.FIRST.label
    FOLLOW_UP = AppointmentType.FOLLOW_UP.value, AppointmentType.FOLLOW_UP.label
    OPEN = AppointmentType.OPEN.value, AppointmentType.OPEN.label
    BREAK = "break", "Pause"


class ConsultationSeries(models.Model):
    """«Every second Wednesday, 13:00-16:30, this psychiatrist, this slot plan». FHIR: Schedule.

    The rule, the first day and the wall-clock times are kept by django-scheduler in `event`;
    `scheduling.recurrence` is the only module that reads and writes them. A series on fixed days has no
    rule there; its days are `fixed_dates`. `imported_for` is the person whose series it is by a network file,
    None if it was made in the program; once it is `changed_by_hand` an import leaves it as it is.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="series")
    psychiatrist = models.ForeignKey(User, on_delete=models.PROTECT, related_name="series")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="series")
    event = models.OneToOneField("schedule.Event", on_delete=models.PROTECT, related_name="series")
    fixed_dates = ArrayField(models.DateField(), default=list, blank=True)
    imported_for = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    changed_by_hand = models.BooleanField(default=False)

    class Meta:
        ordering = ["site", "pk"]
        verbose_name_plural = "consultation series"

    def __str__(self) -> str:
        return f"{self.site}, {self.psychiatrist}"


class PlannedSlot(models.Model):
    """One line of a series' slot plan: the slots follow each other in order of `position`."""

    series = models.ForeignKey(ConsultationSeries, on_delete=models.CASCADE, related_name="slot_plan")
    position = models.PositiveSmallIntegerField()
    appointment_type = models.CharField(max_length=10, choices=PlanLine.choices)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(5), MaxValueValidator(480)])

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["series", "position"], name="planned_slot_position_once"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="planned_slot_length_sensible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.get_appointment_type_display()}"

    @property
    def is_break(self) -> bool:
        return self.appointment_type == PlanLine.BREAK
