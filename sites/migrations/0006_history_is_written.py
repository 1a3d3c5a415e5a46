"""The history writes itself, and nobody of the program alters it (docs/architecture.md, «The history»)."""

from django.db import migrations

from sites.tracking import track

# `role` is the one that the program took on; «none» is whoever signed in. A function that runs as its owner
# does not change it. The program's name comes from the connection (config/roles.py).
WHO = """
CREATE FUNCTION pia_system() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN left(
        coalesce(nullif(current_setting('role'), 'none'), session_user::text)
        || coalesce('/' || nullif(current_setting('application_name'), ''), ''), 130);
"""

# One function for all tables, so that a new column is in the history from its first day on. Its arguments
# are lists of columns: sealed, secret, omitted (sites/tracking.py). It runs as its owner, since who changes
# a row may not write history otherwise.
HISTORY = """
CREATE FUNCTION pia_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    sealed_columns text[] := string_to_array(TG_ARGV[0], ',');
    secret_columns text[] := string_to_array(TG_ARGV[1], ',');
    omitted_columns text[] := array_append(string_to_array(TG_ARGV[2], ','), 'id');
    before jsonb := '{}';
    after jsonb := '{}';
    this jsonb;
    told jsonb;
    closed jsonb;
    of_client bigint;
    at_facility bigint;
    at_clinic bigint;
    at_site bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := jsonb_strip_nulls(to_jsonb(OLD)); END IF;
    IF TG_OP <> 'DELETE' THEN after := jsonb_strip_nulls(to_jsonb(NEW)); END IF;
    this := before || after;

    SELECT coalesce(jsonb_object_agg(name, both_values) FILTER (WHERE name <> ALL (sealed_columns)), '{}'),
           coalesce(jsonb_object_agg(name, both_values) FILTER (WHERE name = ANY (sealed_columns)), '{}')
    INTO told, closed
    FROM (
        SELECT name, CASE WHEN name = ANY (secret_columns) THEN '[]'
                          ELSE jsonb_build_array(o.value, n.value) END AS both_values
        FROM jsonb_each(before - omitted_columns) o (name, value)
        FULL JOIN jsonb_each(after - omitted_columns) n (name, value) USING (name)
        WHERE o.value IS DISTINCT FROM n.value
          -- Of a row that comes or goes, what was never filled in says nothing.
          AND (TG_OP = 'UPDATE' OR coalesce(o.value, n.value) NOT IN ('""', 'false'))
    ) AS differences;

    IF TG_OP = 'UPDATE' AND told = '{}' AND (
        closed = '{}'
        -- manage.py rotate_keys: the same text under another key. No role of the program can claim that.
        OR (coalesce(current_setting('pia.rotating', true), '') = 'on' AND current_setting('role') = 'none')
    ) THEN
        RETURN NULL;
    END IF;

    of_client := (CASE TG_TABLE_NAME WHEN 'scheduling_client' THEN this ->> 'id' ELSE this ->> 'client_id' END);
    at_facility := this ->> 'facility_id';
    at_clinic := this ->> 'clinic_id';
    at_site := this ->> 'site_id';
    IF at_site IS NULL THEN
        CASE TG_TABLE_NAME
            WHEN 'scheduling_plannedslot' THEN
                SELECT site_id INTO at_site FROM scheduling_consultationseries
                WHERE id = (this ->> 'series_id')::bigint;
            WHEN 'schedule_event' THEN
                SELECT site_id INTO at_site FROM scheduling_consultationseries
                WHERE event_id = (this ->> 'id')::bigint;
            WHEN 'schedule_rule' THEN
                SELECT series.site_id INTO at_site
                FROM scheduling_consultationseries series JOIN schedule_event event ON event.id = series.event_id
                WHERE event.rule_id = (this ->> 'id')::bigint;
            ELSE NULL;
        END CASE;
    END IF;
    IF at_site IS NOT NULL THEN
        SELECT facility_id, clinic_id INTO at_facility, at_clinic FROM pia_sites_site WHERE id = at_site;
    ELSIF at_facility IS NULL AND of_client IS NOT NULL THEN
        SELECT facility_id INTO at_facility FROM scheduling_client WHERE id = of_client;
    END IF;

    INSERT INTO pia_sites_historyentry (
        at, table_name, object_id, action, actor_id, system, client_id, facility_id, clinic_id, person_id,
        changes, sealed
    ) VALUES (
        clock_timestamp(), TG_TABLE_NAME, (this ->> 'id')::bigint, lower(TG_OP), pia_user(), pia_system(),
        of_client, at_facility, at_clinic,
        (CASE TG_TABLE_NAME WHEN 'pia_sites_user' THEN this ->> 'id' ELSE this ->> 'user_id' END)::bigint,
        told, closed
    );
    RETURN NULL;
END $$;
"""

# Who looks is who acts: nobody can write down another. One row for each facility whose clients were shown.
LOOKS = """
CREATE FUNCTION pia_note_look(look text, shown bigint[], with_name boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO pia_sites_clientlook (at, kind, user_id, system, facility_id, client_ids, named)
    SELECT clock_timestamp(), look, pia_user(), pia_system(), facility_id, array_agg(id ORDER BY id), with_name
    FROM scheduling_client WHERE id = ANY (shown) GROUP BY facility_id;
END $$;
REVOKE EXECUTE ON FUNCTION pia_note_look(text, bigint[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pia_note_look(text, bigint[], boolean) TO pia_web;
"""

# Behind row-level security PostgreSQL uses an index only for operators that it knows to give nothing away, and
# those of arrays are not among them. So the keys come from here, and the policy judges the rows.
FIND_LOOKS = """
CREATE FUNCTION pia_looks_at(shown bigint[]) RETURNS SETOF bigint
    ROWS 50 LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM pia_sites_clientlook WHERE client_ids && shown
$$;
"""

NO_FUNCTIONS = """
DROP FUNCTION pia_looks_at(bigint[]);
DROP FUNCTION pia_note_look(text, bigint[], boolean);
DROP FUNCTION pia_history();
DROP FUNCTION pia_system();
"""

# Reading is for those who answer for a place; writing is for the functions above.
WALL = """
REVOKE ALL ON pia_sites_historyentry, pia_sites_clientlook FROM pia_web;
GRANT SELECT ON pia_sites_historyentry, pia_sites_clientlook TO pia_web;

CREATE FUNCTION pia_led_facilities() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(membership.facility_id), '{}')
    FROM pia_sites_membership membership JOIN pia_sites_user person ON person.id = membership.user_id
    WHERE person.id = pia_user() AND person.is_active AND membership.role = 'facility_lead'
$$;

CREATE FUNCTION pia_led_clinics() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(membership.clinic_id), '{}')
    FROM pia_sites_membership membership JOIN pia_sites_user person ON person.id = membership.user_id
    WHERE person.id = pia_user() AND person.is_active AND membership.role = 'clinic_coordinator'
$$;

-- Who works now where the acting person leads; for the network admin everybody who works anywhere.
CREATE FUNCTION pia_led_people() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT user_id), '{}') FROM pia_sites_membership
    WHERE facility_id = ANY (pia_led_facilities()) OR clinic_id = ANY (pia_led_clinics())
$$;

CREATE FUNCTION pia_runs_network() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM pia_sites_membership membership JOIN pia_sites_user person ON person.id = membership.user_id
        WHERE person.id = pia_user() AND person.is_active AND membership.role = 'network_admin'
    )
$$;

REVOKE EXECUTE ON FUNCTION pia_led_facilities(), pia_led_clinics(), pia_led_people(), pia_runs_network()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pia_led_facilities(), pia_led_clinics(), pia_led_people(), pia_runs_network()
    TO pia_web;

ALTER TABLE pia_sites_historyentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY history_of_facility ON pia_sites_historyentry FOR SELECT TO pia_web
    USING (facility_id = ANY ((SELECT pia_led_facilities())::bigint[]));
CREATE POLICY history_of_clinic ON pia_sites_historyentry FOR SELECT TO pia_web
    USING (client_id IS NULL AND clinic_id = ANY ((SELECT pia_led_clinics())::bigint[]));
CREATE POLICY history_of_people ON pia_sites_historyentry FOR SELECT TO pia_web
    USING (
        client_id IS NULL AND facility_id IS NULL AND clinic_id IS NULL
        AND person_id = ANY ((SELECT pia_led_people())::bigint[])
    );
CREATE POLICY history_of_network ON pia_sites_historyentry FOR SELECT TO pia_web
    USING (
        client_id IS NULL AND (SELECT pia_runs_network())
        AND (person_id IS NOT NULL OR table_name = 'pia_sites_invitation')
    );

ALTER TABLE pia_sites_clientlook ENABLE ROW LEVEL SECURITY;
CREATE POLICY look_of_facility ON pia_sites_clientlook FOR SELECT TO pia_web
    USING (facility_id = ANY ((SELECT pia_led_facilities())::bigint[]));
"""

NO_WALL = """
DROP POLICY look_of_facility ON pia_sites_clientlook;
ALTER TABLE pia_sites_clientlook DISABLE ROW LEVEL SECURITY;
DROP POLICY history_of_network ON pia_sites_historyentry;
DROP POLICY history_of_people ON pia_sites_historyentry;
DROP POLICY history_of_clinic ON pia_sites_historyentry;
DROP POLICY history_of_facility ON pia_sites_historyentry;
ALTER TABLE pia_sites_historyentry DISABLE ROW LEVEL SECURITY;
DROP FUNCTION pia_runs_network();
DROP FUNCTION pia_led_people();
DROP FUNCTION pia_led_clinics();
DROP FUNCTION pia_led_facilities();
"""


class Migration(migrations.Migration):
    dependencies = [("pia_sites", "0005_history"), ("mfa", "0003_authenticator_type_uniq"), ("socialaccount", "0006_alter_socialaccount_extra_data")]

    operations = [
        migrations.RunSQL(WHO + HISTORY + LOOKS + FIND_LOOKS, NO_FUNCTIONS),
        migrations.RunSQL(WALL, NO_WALL),
        track("pia_sites_user", secret=["password"], omitted=["last_login"]),
        track("pia_sites_membership"),
        track("pia_sites_invitation", omitted=["token_hash"]),
        # The kind of factor is told, nothing of what is in it.
        track("mfa_authenticator", omitted=["data", "last_used_at", "created_at"]),
        # Signing in by a provider; what the provider says of the person is not told.
        track("socialaccount_socialaccount", omitted=["uid", "extra_data", "last_login", "date_joined"]),
    ]
