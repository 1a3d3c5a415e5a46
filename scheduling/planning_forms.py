"""What planners type: the rule of a series, the lines of a slot plan, another time for a draft."""

import dataclasses
import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import QueryDict

from scheduling import recurrence
from scheduling.models import ConsultationHour, PlanLine
from scheduling.planning import SeriesPlan
from scheduling.rearranging import MAX_MINUTES, MIN_MINUTES
from scheduling.recurrence import ORDINALS_IN_SENTENCE, WEEKDAYS, Frequency, Recurrence
from scheduling.slot_plan import Line, Lines
from sites.forms import DateInput, TimeInput
from sites.models import Membership, Role, Room, Site, User

MAX_INTERVAL = 12
MAX_DATES = 60
YEARS = (2000, 2100)
# So many lines stay empty below those that are filled in; «Weitere Zeilen» adds as many again.
SPARE_LINES = 3
MAX_LINES = 60

RHYTHMS = [
    ("monthly", "einmal im Monat, zum Beispiel jeden zweiten Mittwoch"),
    ("weekly", "alle paar Wochen an einem Wochentag"),
    ("dates", "an festen Tagen"),
]
UNUSED = {
    "monthly": ("dates",),
    "weekly": ("dates", "nth"),
    "dates": ("nth", "weekday", "interval", "starts_date", "ends_date"),
}
# What a new series begins with, for every site to change to its own.
FIRST_LINES = (Line("first", 50), Line("first", 50), Line("follow_up", 25), Line("follow_up", 25))


def _date(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DateInput(),
        error_messages={
            "required": "Bitte geben Sie einen Tag an.",
            "invalid": "Bitte geben Sie einen Tag an, den es gibt.",
        },
    )


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=TimeInput(),
        error_messages={
            "required": "Bitte geben Sie eine Uhrzeit an.",
            "invalid": "Bitte geben Sie eine Uhrzeit wie 13:00 an.",
        },
    )


class RowField(forms.TypedChoiceField):
    """One of `rows`: read once, for choosing as well as for what was chosen."""

    def offer(self, rows: Iterable[Any]) -> None:
        by_key = {str(row.pk): row for row in rows}
        self.choices = [(key, str(row)) for key, row in by_key.items()]
        self.coerce = by_key.__getitem__


def _choice(label: str, what: str) -> RowField:
    return RowField(
        label=label,
        error_messages={
            "required": f"Bitte wählen Sie {what}.",
            "invalid_choice": f"Diese Auswahl gibt es nicht mehr. Bitte wählen Sie {what}.",
        },
    )


@dataclasses.dataclass(frozen=True)
class Offer:
    """The rooms and psychiatrists that can be chosen at a site."""

    site: Site
    rooms: Sequence[Room]
    psychiatrists: Sequence[User]

    def to(self, form: forms.Form) -> None:
        cast(RowField, form.fields["room"]).offer(self.rooms)
        cast(RowField, form.fields["psychiatrist"]).offer(self.psychiatrists)


def offer_at(site: Site, *also: int) -> Offer:
    """Who can hold hours at `site`, and those with the keys `also`, who do already; two queries."""
    held = Membership.objects.filter(clinic=site.clinic_id, role=Role.PSYCHIATRIST)
    people = User.objects.filter(Q(pk__in=held.values("user"), is_active=True) | Q(pk__in=also))
    return Offer(site, list(site.facility.rooms.all()), list(people.only("display_name", "is_active")))


class DatesField(forms.CharField):
    """Days as people list them: 09.12.2026, one below the other or with commas."""

    def clean(self, value: Any) -> tuple[datetime.date, ...]:
        words = re.split(r"[\s,;]+", super().clean(value).strip())
        days = sorted({_parse_day(word) for word in words if word})
        if len(days) > MAX_DATES:
            raise forms.ValidationError(f"Bitte höchstens {MAX_DATES} Tage angeben.", code="too_many")
        return tuple(days)


def _parse_day(word: str) -> datetime.date:
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", word, flags=re.ASCII)
    try:
        day = (
            datetime.date(int(german[3]), int(german[2]), int(german[1]))
            if german
            else datetime.date.fromisoformat(word)
        )
    except ValueError:
        day = None
    if day is None or not YEARS[0] <= day.year <= YEARS[1]:
        raise forms.ValidationError(
            f"«{word[:20]}» ist kein Tag. Bitte schreiben Sie Tage wie 09.12.2026.", code="invalid"
        )
    return day


class SeriesForm(forms.Form):
    """When, where and who; the lines of the slot plan are `LineForm`s beside it."""

    rhythm = forms.ChoiceField(
        label="Wann findet die Sprechstunde statt?",
        choices=RHYTHMS,
        widget=forms.RadioSelect,
        initial="monthly",
        error_messages={"required": "Bitte wählen Sie, wie sich die Sprechstunde wiederholt."},
    )
    nth = forms.TypedChoiceField(
        label="Der wievielte im Monat",
        choices=[(number, f"jeden {word}") for number, word in ORDINALS_IN_SENTENCE.items()],
        coerce=int,
        initial=2,
        empty_value=None,
        error_messages={"required": "Bitte wählen Sie, der wievielte im Monat es ist."},
    )
    weekday = forms.ChoiceField(label="Wochentag", choices=list(WEEKDAYS.items()), initial="WE")
    interval = forms.IntegerField(
        label="Abstand",
        min_value=1,
        max_value=MAX_INTERVAL,
        initial=1,
        help_text="1: jedes Mal, 2: jedes zweite Mal, und so weiter.",
        error_messages={
            "required": "Bitte geben Sie eine Zahl an.",
            "min_value": "Der Abstand ist mindestens 1.",
            "max_value": f"Der Abstand ist höchstens {MAX_INTERVAL}.",
        },
    )
    dates = DatesField(
        label="Tage",
        error_messages={"required": "Bitte geben Sie mindestens einen Tag an."},
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ein Tag je Zeile, zum Beispiel 09.12.2026.",
    )
    from_time = _time("Von")
    to_time = _time("Bis")
    starts_date = _date("Ab")
    ends_date = _date("Bis einschließlich", required=False, help_text="Leer: ohne Ende.")
    room = _choice("Raum", "einen Raum")
    psychiatrist = _choice("Psychiater:in", "eine Person")

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer = offer
        offer.to(self)
        if self.is_bound:
            # What the chosen rhythm has no use for is hidden, and nobody can mend what they don't see.
            for name in UNUSED.get(self.data.get("rhythm", ""), ()):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("starts_date", "ends_date"):
            day = cleaned.get(name)
            if day and not YEARS[0] <= day.year <= YEARS[1] and cleaned.get("rhythm") != "dates":
                self.add_error(name, f"Bitte ein Jahr von {YEARS[0]} bis {YEARS[1]} angeben.")
        return cleaned

    def plan(self, lines: Lines) -> SeriesPlan:
        """What was typed; only of a valid form."""
        typed = self.cleaned_data
        return SeriesPlan(self._recurrence(), typed["psychiatrist"], typed["room"], lines)

    def _recurrence(self) -> Recurrence:
        typed = self.cleaned_data
        zone = self.offer.site.zone
        if typed["rhythm"] == "dates":
            return recurrence.fixed(typed["dates"], typed["from_time"], typed["to_time"], zone)
        monthly = typed["rhythm"] == "monthly"
        return Recurrence(
            frequency=cast(Frequency, typed["rhythm"]),
            weekday=typed["weekday"],
            nth=typed["nth"] if monthly else None,
            interval=typed["interval"],
            starts_date=typed["starts_date"],
            ends_date=typed["ends_date"],
            from_time=typed["from_time"],
            to_time=typed["to_time"],
            zone=zone,
        )


def first_plan(offer: Offer, user: User, today: datetime.date) -> SeriesPlan | None:
    """What a new series begins with, for `user` to change: None where there is no room or nobody yet."""
    if not offer.rooms or not offer.psychiatrists:
        return None
    rule = Recurrence(
        frequency="monthly",
        weekday="WE",
        nth=2,
        starts_date=today,
        from_time=datetime.time(13),
        to_time=datetime.time(16, 30),
        zone=offer.site.zone,
    )
    own = [person for person in offer.psychiatrists if person.pk == user.pk]
    return SeriesPlan(rule, [*own, *offer.psychiatrists][0], offer.rooms[0], FIRST_LINES)


def initial_of(plan: SeriesPlan) -> dict[str, Any]:
    """What the form of a series is filled in with."""
    rule = plan.recurrence
    return {
        "rhythm": rule.frequency,
        "nth": rule.nth or 2,
        "weekday": rule.weekday or "WE",
        "interval": rule.interval,
        "dates": "\n".join(f"{day:%d.%m.%Y}" for day in rule.dates),
        "from_time": rule.from_time,
        "to_time": rule.to_time,
        "starts_date": rule.starts_date,
        "ends_date": rule.ends_date if rule.frequency != "dates" else None,
        "room": plan.room.pk,
        "psychiatrist": plan.psychiatrist.pk,
    }


# -- lines --------------------------------------------------------------------------------------------


class LineForm(forms.Form):
    """One line of a slot plan; without a kind it is empty."""

    kind = forms.ChoiceField(label="Art", choices=[("", "–"), *PlanLine.choices], required=False)
    minutes = forms.IntegerField(
        label="Minuten",
        required=False,
        min_value=MIN_MINUTES,
        max_value=MAX_MINUTES,
        error_messages={
            "min_value": f"Mindestens {MIN_MINUTES} Minuten.",
            "max_value": f"Höchstens {MAX_MINUTES} Minuten.",
            "invalid": "Bitte eine ganze Zahl angeben.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # «(freiwillig)» on every line would say nothing.
            field.widget.is_required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") and cleaned.get("minutes") is None and "minutes" not in self.errors:
            self.add_error("minutes", "Bitte geben Sie an, wie viele Minuten.")
        return cleaned

    @property
    def line(self) -> Line | None:
        typed = self.cleaned_data
        if not typed.get("kind"):
            return None
        blocked = typed.get("blocked", False) and typed["kind"] != PlanLine.BREAK
        return Line(typed["kind"], typed["minutes"], blocked)


class HourLineForm(LineForm):
    blocked = forms.BooleanField(label="gesperrt", required=False)


class LineFormSet(forms.BaseFormSet):
    """The lines of a plan, in order."""

    @property
    def lines(self) -> Lines:
        """What was typed; only of a valid set."""
        return tuple(form.line for form in self.forms if form.line is not None)


def line_forms(
    form: type[LineForm],
    *,
    lines: Iterable[Line] = (),
    data: Mapping[str, Any] | None = None,
) -> LineFormSet:
    """Forms for `lines` with some to spare, or with what was sent."""
    initial = [{"kind": line.kind, "minutes": line.minutes, "blocked": line.blocked} for line in lines]
    made = forms.formset_factory(
        form, formset=LineFormSet, extra=SPARE_LINES, max_num=MAX_LINES, absolute_max=MAX_LINES
    )
    return cast(LineFormSet, made(data, initial=initial, prefix="zeile"))


def typed_lines(data: QueryDict) -> list[dict[str, Any]]:
    """The lines as they were typed, right or wrong, for a form that is shown again with more of them."""
    try:
        count = min(int(data.get("zeile-TOTAL_FORMS", 0)), MAX_LINES)
    except ValueError:
        count = 0
    typed = [
        {
            "kind": data.get(f"zeile-{number}-kind", ""),
            "minutes": data.get(f"zeile-{number}-minutes", ""),
            "blocked": bool(data.get(f"zeile-{number}-blocked")),
        }
        for number in range(count)
    ]
    return [each for each in typed if each["kind"] or each["minutes"]]


def more_line_forms(form: type[LineForm], data: QueryDict) -> LineFormSet:
    made = forms.formset_factory(
        form, formset=LineFormSet, extra=2 * SPARE_LINES, max_num=MAX_LINES, absolute_max=MAX_LINES
    )
    return cast(LineFormSet, made(initial=typed_lines(data), prefix="zeile"))


# -- one draft ----------------------------------------------------------------------------------------


class DraftForm(forms.Form):
    """Another day, time, room or psychiatrist for one draft."""

    date = _date("Tag")
    from_time = _time("Von")
    to_time = _time("Bis")
    room = _choice("Raum", "einen Raum")
    psychiatrist = _choice("Psychiater:in", "eine Person")

    def __init__(self, data: QueryDict | None, *, hour: ConsultationHour) -> None:
        start = hour.local_start
        initial = {
            "date": start.date(),
            "from_time": start.time(),
            "to_time": hour.ends_at.astimezone(hour.zone).time(),
            "room": hour.room_id,
            "psychiatrist": hour.psychiatrist_id,
        }
        super().__init__(data, initial=initial)
        offer_at(hour.site, hour.psychiatrist_id).to(self)

    def clean_date(self) -> datetime.date:
        day = cast(datetime.date, self.cleaned_data["date"])
        if not YEARS[0] <= day.year <= YEARS[1]:
            raise forms.ValidationError(f"Bitte ein Jahr von {YEARS[0]} bis {YEARS[1]} angeben.")
        return day


class AheadForm(forms.ModelForm):
    """How far a site plans ahead."""

    class Meta:
        model = Site
        fields = ["months_ahead", "publish_days_ahead", "remind_days_ahead"]
        labels = {
            "months_ahead": "Monate im Voraus",
            "publish_days_ahead": "Veröffentlichen, Tage vor Monatsbeginn",
            "remind_days_ahead": "Erinnern, Tage vor Monatsbeginn",
        }
        help_texts = {
            "months_ahead": (
                "Für den laufenden Monat und so viele danach entstehen Entwürfe von selbst. "
                "0: nur, wenn jemand sie vorschlägt."
            ),
            "publish_days_ahead": (
                "Ab dann warten die Entwürfe eines Monats auf Sie: Die Psychiater:in bekommt eine E-Mail."
            ),
            "remind_days_ahead": (
                "Warten dann noch Entwürfe des nächsten Monats, bekommt die Psychiater:in noch eine E-Mail."
            ),
        }
        error_messages = {
            name: {"required": "Bitte geben Sie eine Zahl an.", "invalid": "Bitte geben Sie eine Zahl an."}
            for name in ("months_ahead", "publish_days_ahead", "remind_days_ahead")
        }
