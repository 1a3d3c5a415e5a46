"""A change may be one of a client's record, which belongs to no hour."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_phone_suspended_by")]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="hour",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="scheduling.consultationhour",
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="pia_sites.site",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=Q(hour__isnull=False, site__isnull=False)
                | Q(kind="client_merged", hour__isnull=True, site__isnull=True, appointment__isnull=True),
                name="change_of_an_hour_or_a_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=Q(hour__isnull=False) | Q(planned_at__isnull=False),
                name="change_to_be_told_has_an_hour",
            ),
        ),
    ]
