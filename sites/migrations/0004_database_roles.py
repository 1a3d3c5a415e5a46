"""The roles that the program's processes take on, and what says who acts (docs/architecture.md)."""

from django.db import migrations

# Roles belong to the server and not to one database: another database may have made them already. Where the
# migrating role may not make them, an administrator does it first (docs/betrieb/datenbankrollen.md).
ROLES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pia_web', 'pia_worker', 'pia_sms', 'pia_planner'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the role % is missing, and % may not create it', name, current_user
                        USING HINT = 'Let an administrator run the SQL of docs/betrieb/datenbankrollen.md.';
            END;
        END IF;
        -- For installations whose processes sign in as the tables' owner. Others grant the roles themselves.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            BEGIN
                EXECUTE format('GRANT %I TO %I', name, current_user);
            EXCEPTION
                WHEN insufficient_privilege THEN NULL;
            END;
        END IF;
    END LOOP;
END $$;

-- The web works on every table, also on those of later migrations; row-level security says on which rows.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pia_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pia_web;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM pia_web;

-- The machines have what is named, here and in the other apps' migrations.
GRANT SELECT ON pia_sites_clinic, pia_sites_provider, pia_sites_facility, pia_sites_site TO pia_worker;
GRANT SELECT, INSERT ON pia_sites_user TO pia_worker, pia_sms;
-- Each process tries its keys before it begins.
GRANT SELECT ON pia_sites_keycanary TO pia_worker, pia_planner;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    pia_sites_clinic, pia_sites_provider, pia_sites_facility, pia_sites_room, pia_sites_site,
    pia_sites_facilityclosure, pia_sites_absence, pia_sites_user, pia_sites_membership TO pia_planner;
"""

NO_ROLES = """
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM pia_web, pia_worker, pia_sms, pia_planner;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM pia_web;
"""

# Machines add the accounts in whose name they act, and nobody else.
USERS = """
ALTER TABLE pia_sites_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_all ON pia_sites_user TO pia_web, pia_planner USING (true);
CREATE POLICY user_read ON pia_sites_user FOR SELECT TO pia_worker, pia_sms USING (true);
CREATE POLICY user_added ON pia_sites_user FOR INSERT TO pia_worker, pia_sms WITH CHECK (is_system);
"""

NO_USERS = """
DROP POLICY user_added ON pia_sites_user;
DROP POLICY user_read ON pia_sites_user;
DROP POLICY user_all ON pia_sites_user;
ALTER TABLE pia_sites_user DISABLE ROW LEVEL SECURITY;
"""

# Policies ask these as `(SELECT …)`: PostgreSQL then calls them once per query, not once per row. They run as
# their owner, so that what decides is not itself filtered.
WHO_ACTS = """
CREATE FUNCTION pia_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('pia.user_id', true), '')::bigint;

CREATE FUNCTION pia_facilities() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(membership.facility_id), '{}')
    FROM pia_sites_membership membership JOIN pia_sites_user person ON person.id = membership.user_id
    WHERE person.id = pia_user() AND person.is_active
      AND membership.role IN ('social_worker', 'facility_lead')
$$;

CREATE FUNCTION pia_facility_sites() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM pia_sites_site WHERE facility_id = ANY (pia_facilities())
$$;

CREATE FUNCTION pia_clinic_sites() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(site.id), '{}')
    FROM pia_sites_site site
    JOIN pia_sites_membership membership ON membership.clinic_id = site.clinic_id
    JOIN pia_sites_user person ON person.id = membership.user_id
    WHERE person.id = pia_user() AND person.is_active
      AND membership.role IN ('psychiatrist', 'clinic_coordinator')
$$;

CREATE FUNCTION pia_clinics() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(membership.clinic_id), '{}')
    FROM pia_sites_membership membership JOIN pia_sites_user person ON person.id = membership.user_id
    WHERE person.id = pia_user() AND person.is_active
      AND membership.role IN ('psychiatrist', 'clinic_coordinator')
$$;

REVOKE EXECUTE ON FUNCTION pia_facilities(), pia_facility_sites(), pia_clinics(), pia_clinic_sites() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pia_facilities(), pia_facility_sites(), pia_clinics(), pia_clinic_sites() TO pia_web;
"""

NO_WHO_ACTS = """
DROP FUNCTION pia_clinics();
DROP FUNCTION pia_clinic_sites();
DROP FUNCTION pia_facility_sites();
DROP FUNCTION pia_facilities();
DROP FUNCTION pia_user();
"""


class Migration(migrations.Migration):
    dependencies = [("pia_sites", "0003_invitations")]

    operations = [
        migrations.RunSQL(ROLES, NO_ROLES),
        migrations.RunSQL(USERS, NO_USERS),
        migrations.RunSQL(WHO_ACTS, NO_WHO_ACTS),
    ]
