"""The end of a client's file: what is left, who may take the rest away, and how little of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GRANTS = """
GRANT SELECT ON scheduling_slot, scheduling_consultationhour TO pia_keeper;
GRANT SELECT, UPDATE ON scheduling_client, scheduling_appointment TO pia_keeper;
GRANT UPDATE (state) ON scheduling_slot TO pia_keeper;
GRANT SELECT, INSERT, UPDATE (data) ON scheduling_change TO pia_keeper;
GRANT SELECT, DELETE ON scheduling_release, scheduling_formercode TO pia_keeper;
CREATE POLICY client_kept ON scheduling_client TO pia_keeper USING (true);
CREATE POLICY appointment_kept ON scheduling_appointment TO pia_keeper USING (true);
CREATE POLICY release_kept ON scheduling_release TO pia_keeper USING (true);
CREATE POLICY former_code_kept ON scheduling_formercode TO pia_keeper USING (true);
"""

NO_GRANTS = """
DROP POLICY former_code_kept ON scheduling_formercode;
DROP POLICY release_kept ON scheduling_release;
DROP POLICY appointment_kept ON scheduling_appointment;
DROP POLICY client_kept ON scheduling_client;
REVOKE ALL ON scheduling_slot, scheduling_consultationhour, scheduling_client, scheduling_appointment,
    scheduling_change, scheduling_release, scheduling_formercode FROM pia_keeper;
"""

# Whoever reaches for a file that was emptied meanwhile must not begin to fill it again.
SOMEBODY = """
CREATE FUNCTION scheduling_client_is_somebody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM scheduling_client WHERE id = NEW.client_id AND anonymised_at IS NOT NULL) THEN
        RAISE EXCEPTION 'client % is anonymised', NEW.client_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'client_is_somebody';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER release_of_somebody BEFORE INSERT OR UPDATE OF client_id ON scheduling_release
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
CREATE TRIGGER former_code_of_somebody BEFORE INSERT OR UPDATE OF client_id ON scheduling_formercode
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
"""

NOT_SOMEBODY = """
DROP TRIGGER former_code_of_somebody ON scheduling_formercode;
DROP TRIGGER release_of_somebody ON scheduling_release;
DROP FUNCTION scheduling_client_is_somebody();
"""

# The way for erasure is narrow: one role, one column, and keys may only disappear from it. Whether messages
# were planned is not touched, and no row is ever deleted.
CHANGES_FORGET = """
CREATE OR REPLACE FUNCTION scheduling_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.planned_at IS NULL
       AND to_jsonb(OLD) - 'planned_at' = to_jsonb(NEW) - 'planned_at' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND current_user = 'pia_keeper'
       AND to_jsonb(OLD) - 'data' = to_jsonb(NEW) - 'data'
       AND jsonb_typeof(NEW.data) = 'object' AND NOT EXISTS (
           SELECT FROM jsonb_each(NEW.data) left_over
           WHERE OLD.data -> left_over.key IS DISTINCT FROM left_over.value
       ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'changes are append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'change_append_only';
END $$;
"""

CHANGES_KEEP = """
CREATE OR REPLACE FUNCTION scheduling_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.planned_at IS NULL
       AND to_jsonb(OLD) - 'planned_at' = to_jsonb(NEW) - 'planned_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'changes are append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'change_append_only';
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0007_retention'),
        ('scheduling', '0006_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='anonymised_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='client',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='client',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='client',
            name='purge_announced_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('anonymised_at__isnull', True), ('closed_at__isnull', False)), fields=['closed_at'], name='client_being_erased'),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='client_closed_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(('anonymised_at__isnull', True), models.Q(('birth_date__isnull', True), ('closed_at__isnull', False), ('insurance', ''), ('insurance_quarter', ''), ('language', ''), ('name', ''), ('name_index', ''), ('needs_interpreter', False), ('note', ''), ('phone', ''), ('phone_index', ''), ('phone_shared', False), ('phone_suspended_at__isnull', True), ('phone_suspended_reason', ''), ('phone_verified_at__isnull', True), ('phone_verified_by__isnull', True), ('purge_announced_at__isnull', True), ('wants_companion', False)), _connector='OR'), name='client_anonymised_is_empty'),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(SOMEBODY, NOT_SOMEBODY),
        migrations.RunSQL(CHANGES_FORGET, CHANGES_KEEP),
    ]
