"""Who suspended a number; machines may do so, when nothing arrives there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# Nothing says who it was; whoever saved the file last is nearest to it.
FILL = """
UPDATE scheduling_client SET phone_suspended_by_id = coalesce(changed_by_id, created_by_id)
WHERE phone_suspended_at IS NOT NULL
"""

# The columns of scheduling.clients.SUSPENSION. One that may be written also lets the row be locked.
MAY_SUSPEND = """
REVOKE UPDATE (facility_id) ON scheduling_client FROM pia_worker, pia_sms;
GRANT UPDATE (phone_suspended_at, phone_suspended_by_id, phone_suspended_reason) ON scheduling_client
    TO pia_worker, pia_sms;
DROP POLICY client_locked ON scheduling_client;
-- Machines suspend a number; nothing they do lets it be used again.
CREATE POLICY client_suspended ON scheduling_client FOR UPDATE TO pia_worker, pia_sms
    USING (true) WITH CHECK (phone_suspended_at IS NOT NULL);
"""

MAY_ONLY_LOCK = """
DROP POLICY client_suspended ON scheduling_client;
CREATE POLICY client_locked ON scheduling_client FOR UPDATE TO pia_worker, pia_sms
    USING (true) WITH CHECK (false);
REVOKE UPDATE (phone_suspended_at, phone_suspended_by_id, phone_suspended_reason) ON scheduling_client
    FROM pia_worker, pia_sms;
GRANT UPDATE (facility_id) ON scheduling_client TO pia_worker, pia_sms;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0007_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="phone_suspended_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # What was filled leaves checks to be made at the end; they stand in the way of changing the table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="client", name="client_phone_suspended_has_reason"),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=Q(
                    phone_suspended_at__isnull=True, phone_suspended_by__isnull=True, phone_suspended_reason=""
                )
                | (
                    Q(phone_suspended_at__isnull=False, phone_suspended_by__isnull=False)
                    & ~Q(phone_suspended_reason="")
                ),
                name="client_phone_suspended_at_has_by_and_reason",
            ),
        ),
        migrations.RunSQL(MAY_SUSPEND, MAY_ONLY_LOCK),
    ]
