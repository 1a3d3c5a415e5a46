from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    label = "pia_sites"  # django.contrib.sites owns the label "sites"
    verbose_name = "Standorte"
