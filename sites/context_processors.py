"""What every page may know besides its own content."""

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, object]:
    """Whether this is the demo, and where its phones are shown."""
    return {
        "DEMO": getattr(settings, "DEMO", False),
        "DEMO_PHONES_URL": getattr(settings, "DEMO_PHONES_URL", ""),
    }
