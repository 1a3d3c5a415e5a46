"""Who looks after whom, and who comes along."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GRANTS = """
GRANT SELECT ON scheduling_companion TO pia_worker;
GRANT SELECT, DELETE ON scheduling_companion TO pia_keeper;
"""

NO_GRANTS = "REVOKE ALL ON scheduling_companion FROM pia_worker, pia_keeper;"

POLICIES = """
ALTER TABLE scheduling_companion ENABLE ROW LEVEL SECURITY;
CREATE POLICY companion_at_facility ON scheduling_companion TO pia_web
    USING (
        (SELECT slot.site_id
         FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
         WHERE appointment.id = appointment_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
    );
CREATE POLICY companion_at_clinic ON scheduling_companion FOR SELECT TO pia_web
    USING (
        (SELECT slot.site_id
         FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
         WHERE appointment.id = appointment_id)
        = ANY ((SELECT pia_clinic_sites())::bigint[])
    );
CREATE POLICY companion_read ON scheduling_companion FOR SELECT TO pia_worker USING (true);
CREATE POLICY companion_kept ON scheduling_companion TO pia_keeper USING (true);
"""

NO_POLICIES = """
DROP POLICY companion_kept ON scheduling_companion;
DROP POLICY companion_read ON scheduling_companion;
DROP POLICY companion_at_clinic ON scheduling_companion;
DROP POLICY companion_at_facility ON scheduling_companion;
ALTER TABLE scheduling_companion DISABLE ROW LEVEL SECURITY;
"""

# Whoever made the file looks after the client, if they still work there. Nobody changed anything by that, so it
# leaves no line in the history.
FIRST = """
ALTER TABLE scheduling_client DISABLE TRIGGER pia_history;
UPDATE scheduling_client client SET caseload_of_id = client.created_by_id
WHERE client.closed_at IS NULL AND EXISTS (
    SELECT FROM pia_sites_membership membership
    WHERE membership.user_id = client.created_by_id AND membership.facility_id = client.facility_id
);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE scheduling_client ENABLE TRIGGER pia_history;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0012_worklist_looks'),
        ('scheduling', '0025_worklist_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Companion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['added_at', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='client',
            name='client_anonymised_is_empty',
        ),
        migrations.AddField(
            model_name='client',
            name='caseload_of',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='kind',
            field=models.CharField(choices=[('hour_proposed', 'Sprechstunde vorgeschlagen'), ('hour_published', 'Sprechstunde veröffentlicht'), ('hour_withdrawn', 'Veröffentlichung zurückgenommen'), ('hour_skipped', 'Sprechstunde ausgelassen'), ('hour_restored', 'Sprechstunde wieder aufgenommen'), ('hour_changed', 'Entwurf geändert'), ('hour_adapted', 'an die Reihe angepasst'), ('slots_changed', 'Zeitfenster geändert'), ('hour_cancelled', 'Sprechstunde abgesagt'), ('hour_moved', 'Sprechstunde verlegt'), ('hour_resized', 'Dauer der Sprechstunde geändert'), ('hour_substituted', 'Vertretung'), ('booked', 'Termin gebucht'), ('moved', 'Termin verschoben'), ('substituted', 'Termin in Vertretung'), ('cancelled', 'Termin abgesagt'), ('revived', 'Absage zurückgenommen'), ('confirmed', 'per SMS bestätigt'), ('arrived', 'angekommen'), ('in_room', 'im Raum'), ('done', 'fertig'), ('not_come', 'nicht erschienen'), ('left', 'gegangen'), ('mark_undone', 'Eintrag zurückgenommen'), ('next_step', 'Wie es weitergeht'), ('handed_over', 'Zuständigkeit übergeben'), ('companion_added', 'Begleitung eingetragen'), ('companion_removed', 'Begleitung ausgetragen'), ('hour_late', 'Verspätung gemeldet'), ('offered', 'Zeitfenster der Warteliste angeboten'), ('offer_closed', 'Angebot beendet'), ('offer_missed', 'Antwort auf ein Angebot kam zu spät'), ('client_merged', 'Klient:in zusammengeführt')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['caseload_of', 'facility', 'code'], name='client_by_caseload'),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(('anonymised_at__isnull', True), models.Q(('birth_date__isnull', True), ('caseload_of__isnull', True), ('closed_at__isnull', False), ('insurance', ''), ('insurance_quarter', ''), ('language', ''), ('name', ''), ('name_index', ''), ('needs_interpreter', False), ('note', ''), ('phone', ''), ('phone_index', ''), ('phone_shared', False), ('phone_suspended_at__isnull', True), ('phone_suspended_by__isnull', True), ('phone_suspended_reason', ''), ('phone_verified_at__isnull', True), ('phone_verified_by__isnull', True), ('purge_announced_at__isnull', True), ('wants_companion', False)), _connector='OR'), name='client_anonymised_is_empty'),
        ),
        migrations.AddField(
            model_name='companion',
            name='added_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='companion',
            name='appointment',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='companions', to='scheduling.appointment'),
        ),
        migrations.AddField(
            model_name='companion',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='companion',
            constraint=models.UniqueConstraint(fields=('appointment', 'user'), name='companion_once'),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
