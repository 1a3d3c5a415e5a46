"""What a constraint can't say: slots lie within their hour, changes are never altered."""

from django.db import migrations

SLOT_WITHIN_HOUR = """
CREATE FUNCTION scheduling_slot_within_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock makes whoever changes the hour at the same time wait, and then see this slot.
    PERFORM FROM scheduling_consultationhour hour
    WHERE hour.id = NEW.hour_id AND hour.site_id = NEW.site_id
      AND hour.starts_at <= NEW.starts_at AND NEW.ends_at <= hour.ends_at
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'slot % does not lie within its hour %', NEW.id, NEW.hour_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_within_hour';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER slot_within_hour
    AFTER INSERT OR UPDATE OF hour_id, site_id, starts_at, ends_at ON scheduling_slot
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION scheduling_slot_within_hour();

CREATE FUNCTION scheduling_hour_contains_slots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM scheduling_slot slot
        WHERE slot.hour_id = NEW.id
          AND (slot.site_id <> NEW.site_id
               OR slot.starts_at < NEW.starts_at OR slot.ends_at > NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'hour % does not contain its slots', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hour_contains_slots';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER hour_contains_slots
    AFTER UPDATE OF site_id, starts_at, ends_at ON scheduling_consultationhour
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION scheduling_hour_contains_slots();
"""

NO_SLOT_WITHIN_HOUR = """
DROP TRIGGER hour_contains_slots ON scheduling_consultationhour;
DROP FUNCTION scheduling_hour_contains_slots();
DROP TRIGGER slot_within_hour ON scheduling_slot;
DROP FUNCTION scheduling_slot_within_hour();
"""

CHANGE_IS_APPEND_ONLY = """
CREATE FUNCTION scheduling_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.planned_at IS NULL
       AND to_jsonb(OLD) - 'planned_at' = to_jsonb(NEW) - 'planned_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'changes are append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'change_append_only';
END $$;

CREATE TRIGGER change_append_only BEFORE UPDATE OR DELETE ON scheduling_change
    FOR EACH ROW EXECUTE FUNCTION scheduling_change_append_only();
"""

NO_CHANGE_IS_APPEND_ONLY = """
DROP TRIGGER change_append_only ON scheduling_change;
DROP FUNCTION scheduling_change_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        migrations.RunSQL(SLOT_WITHIN_HOUR, NO_SLOT_WITHIN_HOUR),
        migrations.RunSQL(CHANGE_IS_APPEND_ONLY, NO_CHANGE_IS_APPEND_ONLY),
    ]
