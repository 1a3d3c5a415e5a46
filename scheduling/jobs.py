"""What cron and the worker call: each looks at the clock and calls one function."""

from django.utils import timezone

from scheduling import planning
from sites import acting
from sites.models import Site, User


def propose_ahead() -> None:
    """Drafts, for every site, the months that it looks ahead. May run twice and late."""
    with acting.as_system(acting.System.PLANNER):
        planning.propose_ahead(
            sites=list(Site.objects.select_related("facility")),
            by=User.objects.system_actor("cron"),
            now=timezone.now(),
        )
