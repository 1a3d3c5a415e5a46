"""The machine that takes in answers notes who said that they come, and writes nothing else there."""

from django.db import migrations, models

GRANTS = """
GRANT SELECT (id, slot_id, client_id, starts_at, status, sequence, confirmed_at), UPDATE (confirmed_at)
    ON scheduling_appointment TO pia_sms;
GRANT SELECT (id, site_id, hour_id) ON scheduling_slot TO pia_sms;
GRANT SELECT (id), INSERT ON scheduling_change TO pia_sms;
CREATE POLICY appointment_read_for_answer ON scheduling_appointment FOR SELECT TO pia_sms USING (true);
CREATE POLICY appointment_confirmed ON scheduling_appointment FOR UPDATE TO pia_sms
    USING (true) WITH CHECK (status = 'booked' AND confirmed_at IS NOT NULL);
"""

NO_GRANTS = """
DROP POLICY appointment_confirmed ON scheduling_appointment;
DROP POLICY appointment_read_for_answer ON scheduling_appointment;
REVOKE ALL ON scheduling_appointment, scheduling_slot, scheduling_change FROM pia_sms;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0015_day_row_security")]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="kind",
            field=models.CharField(choices=[('hour_proposed', 'Sprechstunde vorgeschlagen'), ('hour_published', 'Sprechstunde veröffentlicht'), ('hour_withdrawn', 'Veröffentlichung zurückgenommen'), ('hour_skipped', 'Sprechstunde ausgelassen'), ('hour_restored', 'Sprechstunde wieder aufgenommen'), ('hour_changed', 'Entwurf geändert'), ('hour_adapted', 'an die Reihe angepasst'), ('slots_changed', 'Zeitfenster geändert'), ('hour_cancelled', 'Sprechstunde abgesagt'), ('hour_moved', 'Sprechstunde verlegt'), ('hour_resized', 'Dauer der Sprechstunde geändert'), ('hour_substituted', 'Vertretung'), ('booked', 'Termin gebucht'), ('moved', 'Termin verschoben'), ('substituted', 'Termin in Vertretung'), ('cancelled', 'Termin abgesagt'), ('confirmed', 'per SMS bestätigt'), ('arrived', 'angekommen'), ('in_room', 'im Raum'), ('done', 'fertig'), ('not_come', 'nicht erschienen'), ('left', 'gegangen'), ('mark_undone', 'Eintrag zurückgenommen'), ('next_step', 'Wie es weitergeht'), ('hour_late', 'Verspätung gemeldet'), ('client_merged', 'Klient:in zusammengeführt')], max_length=20),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
    ]
