"""A reminder of a month for which nothing has been proposed yet hangs on no hour."""

from django.db import migrations, models

# What the series give, and what of it somebody has left out.
GRANTS = """
GRANT SELECT ON scheduling_consultationseries, scheduling_plannedslot, schedule_event, schedule_rule,
    schedule_occurrence, schedule_calendar, pia_sites_room TO pia_worker;
"""

NO_GRANTS = """
REVOKE ALL ON scheduling_consultationseries, scheduling_plannedslot, schedule_event, schedule_rule,
    schedule_occurrence, schedule_calendar, pia_sites_room FROM pia_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0009_hour_notes")]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="message_is_about_one_thing"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appointment__isnull", False), ("hour__isnull", True)),
                    models.Q(
                        ("appointment__isnull", True),
                        ("hour__isnull", False),
                        ("recipient_user__isnull", False),
                    ),
                    models.Q(
                        ("appointment__isnull", True),
                        ("hour__isnull", True),
                        ("kind__in", ["drafts_wait", "unpublished"]),
                    ),
                    _connector="OR",
                ),
                name="message_is_about_one_thing",
            ),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
    ]
