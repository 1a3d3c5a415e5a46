"""Who holds consultation hours, and where."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from sites.phones import validate_phone


class LegalRegime(models.TextChoices):
    """The data-protection law that an organisation is under."""

    DSGVO = "DSGVO", "DSGVO"
    KDG = "KDG", "KDG (katholische Träger)"


class State(models.TextChoices):
    """ISO 3166-2:DE; decides public and school holidays."""

    BW = "BW", "Baden-Württemberg"
    BY = "BY", "Bayern"
    BE = "BE", "Berlin"
    BB = "BB", "Brandenburg"
    HB = "HB", "Bremen"
    HH = "HH", "Hamburg"
    HE = "HE", "Hessen"
    MV = "MV", "Mecklenburg-Vorpommern"
    NI = "NI", "Niedersachsen"
    NW = "NW", "Nordrhein-Westfalen"
    RP = "RP", "Rheinland-Pfalz"
    SL = "SL", "Saarland"
    SN = "SN", "Sachsen"
    ST = "ST", "Sachsen-Anhalt"
    SH = "SH", "Schleswig-Holstein"
    TH = "TH", "Thüringen"


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("Unbekannte Zeitzone, erwartet wird zum Beispiel Europe/Berlin.", code="zone")


class Organisation(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    legal_regime = models.CharField(
        max_length=5, choices=LegalRegime.choices, default=LegalRegime.DSGVO.value
    )

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Clinic(Organisation):
    """Carries the psychiatric outpatient unit (PIA). FHIR: Organization."""


class Provider(Organisation):
    """The carrier of drug-help facilities. FHIR: Organization."""


class FacilityKind(models.TextChoices):
    COUNSELLING = "counselling", "Beratungsstelle"
    CONSUMPTION_ROOM = "consumption_room", "Drogenkonsumraum"
    CONTACT_CENTRE = "contact_centre", "Kontaktladen"
    SHELTER = "shelter", "Notunterkunft"
    MOBILE = "mobile", "Mobiles Angebot"


class Facility(models.Model):
    """One place of a provider. FHIR: Location.

    `neutral_name` is the only name of it that may stand in an SMS or a calendar entry.
    """

    slug = models.SlugField(unique=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="facilities")
    name = models.CharField(max_length=200)
    neutral_name = models.CharField(max_length=60)
    kind = models.CharField(
        max_length=20, choices=FacilityKind.choices, default=FacilityKind.COUNSELLING.value
    )
    district = models.CharField(max_length=100)
    state = models.CharField(max_length=2, choices=State.choices)
    time_zone = models.CharField(max_length=50, default="Europe/Berlin", validators=[validate_time_zone])
    callback_phone = models.CharField(max_length=16, validators=[validate_phone])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Room(models.Model):
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["facility", "name"], name="room_name_in_facility")]

    def __str__(self) -> str:
        return self.name


class InsurancePolicy(models.TextChoices):
    """What a site asks of a client's insurance before the first appointment."""

    REQUIRED = "required", "erforderlich"
    CLARIFY = "clarify", "wird geklärt"
    NOT_REQUIRED = "not_required", "nicht erforderlich"


DEFAULT_RETENTION_DAYS = 90
LONGEST_RETENTION_DAYS = 3650
DEFAULT_OFFER_MINUTES = 60
SHORTEST_OFFER_MINUTES, LONGEST_OFFER_MINUTES = 5, 1440


class Site(models.Model):
    """One clinic's consultation hours in one facility: the unit of access. FHIR: HealthcareService.

    Runs from `since_date` to `until_date`, both included; without `until_date` it has no end. Who a client
    was is forgotten `retention_days` after the last appointment (Art. 5 (1) e DSGVO).
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="sites")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="sites")
    since_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    insurance_policy = models.CharField(
        max_length=12, choices=InsurancePolicy.choices, default=InsurancePolicy.CLARIFY.value
    )
    retention_days = models.PositiveSmallIntegerField(
        default=DEFAULT_RETENTION_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RETENTION_DAYS)],
    )

    # Drafts are made for the running month and so many after it; a month should be published so many days
    # before it begins, and whoever plans it is reminded so many days before. 0 months: nothing by itself.
    months_ahead = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(24)])
    publish_days_ahead = models.PositiveSmallIntegerField(
        default=42, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    remind_days_ahead = models.PositiveSmallIntegerField(
        default=14, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )

    # For how many minutes a freed slot is held for one on the waiting list; shorter as the slot comes near.
    offer_minutes = models.PositiveSmallIntegerField(
        default=DEFAULT_OFFER_MINUTES,
        db_default=DEFAULT_OFFER_MINUTES,
        validators=[MinValueValidator(SHORTEST_OFFER_MINUTES), MaxValueValidator(LONGEST_OFFER_MINUTES)],
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer_minutes__range=(SHORTEST_OFFER_MINUTES, LONGEST_OFFER_MINUTES)),
                name="site_offer_minutes_fit",
            ),
            models.CheckConstraint(
                condition=Q(months_ahead__lte=24, publish_days_ahead__lte=365)
                & Q(remind_days_ahead__gte=1, remind_days_ahead__lte=F("publish_days_ahead")),
                name="site_plans_in_order",
                violation_error_message=(
                    "Bitte geben Sie beim Erinnern höchstens so viele Tage an wie beim Veröffentlichen."
                ),
            ),
            models.UniqueConstraint(fields=["clinic", "facility"], name="site_once_per_clinic_and_facility"),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("since_date")),
                name="site_until_after_since",
            ),
            models.CheckConstraint(
                condition=Q(retention_days__range=(1, LONGEST_RETENTION_DAYS)), name="site_retention_days_fit"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return self.facility.zone
