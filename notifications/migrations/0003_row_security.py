"""Whose consents, messages and replies a query sees, whatever it asks for (docs/architecture.md)."""

from django.db import migrations

GRANTS = """
GRANT SELECT, UPDATE (withdrawn_at, withdrawn_how, withdrawn_by_id) ON notifications_consent
    TO pia_worker, pia_sms;
GRANT SELECT, UPDATE ON notifications_message TO pia_worker, pia_sms;
GRANT INSERT ON notifications_message TO pia_worker;
GRANT SELECT, INSERT ON notifications_reply TO pia_sms;
"""

NO_GRANTS = """
REVOKE ALL ON notifications_consent, notifications_message, notifications_reply FROM pia_worker, pia_sms;
"""

POLICIES = """
ALTER TABLE notifications_consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY consent_of_facility ON notifications_consent TO pia_web
    USING (pia_facility_of_client(client_id) = ANY ((SELECT pia_facilities())::bigint[]));
CREATE POLICY consent_read ON notifications_consent FOR SELECT TO pia_worker, pia_sms USING (true);
-- Machines end a consent; nothing they do gives one.
CREATE POLICY consent_withdrawn ON notifications_consent FOR UPDATE TO pia_worker, pia_sms
    USING (withdrawn_at IS NULL) WITH CHECK (withdrawn_at IS NOT NULL);

ALTER TABLE notifications_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY message_of_facility ON notifications_message TO pia_web
    USING (
        (SELECT slot.site_id
         FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
         WHERE appointment.id = appointment_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
    );
CREATE POLICY message_all ON notifications_message TO pia_worker, pia_sms USING (true);

ALTER TABLE notifications_reply ENABLE ROW LEVEL SECURITY;
-- From a phone that several clients share it is every one's facility's.
CREATE POLICY reply_of_facility ON notifications_reply TO pia_web
    USING (
        CASE WHEN client_id IS NULL THEN EXISTS (
            SELECT FROM scheduling_client client
            WHERE client.phone_index = address_index
              AND client.facility_id = ANY ((SELECT pia_facilities())::bigint[])
            OFFSET 0
        ) ELSE pia_facility_of_client(client_id) = ANY ((SELECT pia_facilities())::bigint[]) END
    );
CREATE POLICY reply_all ON notifications_reply TO pia_sms USING (true);
"""

NO_POLICIES = """
DROP POLICY reply_all ON notifications_reply;
DROP POLICY reply_of_facility ON notifications_reply;
ALTER TABLE notifications_reply DISABLE ROW LEVEL SECURITY;
DROP POLICY message_all ON notifications_message;
DROP POLICY message_of_facility ON notifications_message;
ALTER TABLE notifications_message DISABLE ROW LEVEL SECURITY;
DROP POLICY consent_withdrawn ON notifications_consent;
DROP POLICY consent_read ON notifications_consent;
DROP POLICY consent_of_facility ON notifications_consent;
ALTER TABLE notifications_consent DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_client_file"), ("scheduling", "0005_row_security")]

    operations = [
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
    ]
