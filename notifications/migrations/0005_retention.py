"""What the keeper may do to consents, messages and replies, and that nobody without a name gets new ones."""

from django.db import migrations, models

GRANTS = """
GRANT SELECT, DELETE ON notifications_consent TO pia_keeper;
GRANT SELECT, UPDATE ON notifications_message TO pia_keeper;
GRANT SELECT, UPDATE (body), DELETE ON notifications_reply TO pia_keeper;
CREATE POLICY consent_read_by_keeper ON notifications_consent FOR SELECT TO pia_keeper USING (true);
CREATE POLICY consent_erased ON notifications_consent FOR DELETE TO pia_keeper USING (true);
CREATE POLICY message_kept ON notifications_message TO pia_keeper USING (true);
CREATE POLICY reply_kept ON notifications_reply TO pia_keeper USING (true);
"""

NO_GRANTS = """
DROP POLICY reply_kept ON notifications_reply;
DROP POLICY message_kept ON notifications_message;
DROP POLICY consent_erased ON notifications_consent;
DROP POLICY consent_read_by_keeper ON notifications_consent;
REVOKE ALL ON notifications_consent, notifications_message, notifications_reply FROM pia_keeper;
"""

NOBODY_GETS_NOTHING = """
CREATE TRIGGER consent_of_somebody BEFORE INSERT OR UPDATE OF client_id ON notifications_consent
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
CREATE TRIGGER reply_of_somebody BEFORE INSERT OR UPDATE OF client_id ON notifications_reply
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
"""

NOBODY_GETS_SOMETHING = """
DROP TRIGGER reply_of_somebody ON notifications_reply;
DROP TRIGGER consent_of_somebody ON notifications_consent;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_history'),
        ('scheduling', '0007_retention'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='reason',
            field=models.CharField(blank=True, choices=[('superseded', 'durch eine spätere Änderung überholt'), ('appointment_cancelled', 'Termin ist abgesagt'), ('never_told', 'vom Termin war noch nichts mitgeteilt'), ('no_consent', 'keine Einwilligung'), ('no_address', 'keine Telefonnummer oder Adresse'), ('landline', 'Festnetz empfängt keine SMS'), ('phone_suspended', 'Nummer ruht'), ('inactive', 'Konto ist nicht mehr aktiv'), ('sms_off', 'SMS ist nicht eingerichtet'), ('too_late', 'Termin hatte schon begonnen'), ('denied_word', 'Text hätte etwas verraten'), ('refused', 'vom Versanddienst abgelehnt'), ('opted_out', 'mit STOP abbestellt'), ('undelivered', 'nicht zustellbar'), ('too_many_attempts', 'mehrmals nicht gelungen'), ('erased', 'Angaben zur Person sind gelöscht')], default='', max_length=24),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(NOBODY_GETS_NOTHING, NOBODY_GETS_SOMETHING),
    ]
