"""The languages that clients are written to in (ISO 639-1), by the name that their speakers give them."""

from django.db import models


class Language(models.TextChoices):
    DE = "de", "Deutsch"
    EN = "en", "English"
    TR = "tr", "Türkçe"
    AR = "ar", "العربية"
    RU = "ru", "Русский"
    UK = "uk", "Українська"
    PL = "pl", "Polski"
    BG = "bg", "Български"
    RO = "ro", "Română"
    FR = "fr", "Français"
    ES = "es", "Español"
    FA = "fa", "فارسی"


RIGHT_TO_LEFT = frozenset((Language.AR.value, Language.FA.value))
