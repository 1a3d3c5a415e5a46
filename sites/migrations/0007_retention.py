"""How long a site's clients are known, and the role of who forgets them (docs/betrieb/loeschen-und-auskunft.md)."""

import django.core.validators
from django.db import migrations, models

# As in 0004: roles belong to the server, and where the migrating role may not make one, an administrator does.
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pia_keeper') THEN
        BEGIN
            CREATE ROLE pia_keeper NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the role pia_keeper is missing, and % may not create it', current_user
                    USING HINT = 'Let an administrator run the SQL of docs/betrieb/datenbankrollen.md.';
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            EXECUTE format('GRANT pia_keeper TO %I', current_user);
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;
        END;
    END IF;
END $$;

GRANT SELECT ON pia_sites_clinic, pia_sites_provider, pia_sites_facility, pia_sites_site, pia_sites_membership,
    pia_sites_keycanary TO pia_keeper;
GRANT SELECT, INSERT ON pia_sites_user TO pia_keeper;
CREATE POLICY user_read_by_keeper ON pia_sites_user FOR SELECT TO pia_keeper USING (true);
CREATE POLICY user_added_by_keeper ON pia_sites_user FOR INSERT TO pia_keeper WITH CHECK (is_system);
-- A session may hold a half-filled form, or a message that names a client.
GRANT SELECT, UPDATE (session_data), DELETE ON django_session TO pia_keeper;
-- Old and new values are taken out, the rows stay.
GRANT SELECT, UPDATE (changes, sealed) ON pia_sites_historyentry TO pia_keeper;
GRANT SELECT ON pia_sites_clientlook TO pia_keeper;
CREATE POLICY history_kept ON pia_sites_historyentry TO pia_keeper USING (true);
CREATE POLICY look_read_by_keeper ON pia_sites_clientlook FOR SELECT TO pia_keeper USING (true);
GRANT EXECUTE ON FUNCTION pia_note_look(text, bigint[], boolean) TO pia_keeper;
"""

NO_ROLE = """
REVOKE EXECUTE ON FUNCTION pia_note_look(text, bigint[], boolean) FROM pia_keeper;
DROP POLICY look_read_by_keeper ON pia_sites_clientlook;
DROP POLICY history_kept ON pia_sites_historyentry;
REVOKE ALL ON pia_sites_historyentry, pia_sites_clientlook FROM pia_keeper;
DROP POLICY user_added_by_keeper ON pia_sites_user;
DROP POLICY user_read_by_keeper ON pia_sites_user;
REVOKE ALL ON pia_sites_clinic, pia_sites_provider, pia_sites_facility, pia_sites_site, pia_sites_membership,
    pia_sites_keycanary, pia_sites_user, django_session FROM pia_keeper;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sessions', '0001_initial'),
        ('pia_sites', '0006_history_is_written'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='retention_days',
            field=models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)]),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('retention_days__range', (1, 3650))), name='site_retention_days_fit'),
        ),
        migrations.RunSQL(ROLE, NO_ROLE),
    ]
