from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Mitteilungen"

    def ready(self) -> None:
        from notifications import doorbell
        from scheduling.changelog import changes_committed

        changes_committed.connect(doorbell.ring, dispatch_uid="notifications.doorbell")
