"""What is changed of series, hours, appointments and clients is noted by the database."""

from django.db import migrations, models

from sites.tracking import track

# Who created or changed a row, and when, is what the history says of it anyway.
BOOKKEEPING = ["version", "created_at", "created_by_id", "changed_at", "changed_by_id"]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0005_row_security"),
        ("pia_sites", "0006_history_is_written"),
        ("schedule", "0015_rename_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="formercode",
            name="former_id",
            field=models.BigIntegerField(null=True),
        ),
        track(
            "scheduling_client",
            sealed=["name", "birth_date", "phone", "note"],
            omitted=["name_index", "phone_index", *BOOKKEEPING],
        ),
        track("scheduling_formercode"),
        track("scheduling_release"),
        track("scheduling_consultationseries"),
        track("scheduling_plannedslot"),
        track("scheduling_consultationhour", omitted=["uid", "sequence"]),
        track("scheduling_appointment", omitted=["uid", "sequence"]),
        # A series' rule and times. When they are made there is no series yet that they belong to.
        track("schedule_rule", omitted=["name", "description"], only_updates=True),
        track(
            "schedule_event",
            omitted=["created_on", "updated_on", "title", "description", "color_event"],
            only_updates=True,
        ),
    ]
