"""When a place is closed or a person away. Days are the facility's calendar days, both ends included."""

from django.db import models
from django.db.models import F, Q

from sites.models.organisations import Facility
from sites.models.people import User


class FacilityClosure(models.Model):
    """Days on which a facility is closed."""

    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="closures")
    first_date = models.DateField()
    last_date = models.DateField()
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["first_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="closure_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["facility", "last_date"], name="closure_by_facility")]

    def __str__(self) -> str:
        return f"{self.facility} geschlossen {self.first_date:%d.%m.%Y} bis {self.last_date:%d.%m.%Y}"


class Absence(models.Model):
    """Days on which a person is away. Why is nobody's business here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_date = models.DateField()
    last_date = models.DateField()

    class Meta:
        ordering = ["first_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="absence_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["user", "last_date"], name="absence_by_user")]

    def __str__(self) -> str:
        return f"{self.user} abwesend {self.first_date:%d.%m.%Y} bis {self.last_date:%d.%m.%Y}"
