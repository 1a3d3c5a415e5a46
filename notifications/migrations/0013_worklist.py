"""What people did about the worklist; a notice is one of its reasons."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from sites.tracking import track


GRANTS = """
GRANT SELECT ON notifications_workmark TO pia_worker;
GRANT SELECT, DELETE ON notifications_workmark TO pia_keeper;
"""

NO_GRANTS = "REVOKE ALL ON notifications_workmark FROM pia_worker, pia_keeper;"

POLICIES = """
ALTER TABLE notifications_workmark ENABLE ROW LEVEL SECURITY;
CREATE POLICY work_of_facility ON notifications_workmark TO pia_web
    USING (pia_facility_of_client(client_id) = ANY ((SELECT pia_facilities())::bigint[]));
CREATE POLICY work_read ON notifications_workmark FOR SELECT TO pia_worker USING (true);
CREATE POLICY work_kept ON notifications_workmark TO pia_keeper USING (true);
CREATE TRIGGER work_of_somebody BEFORE INSERT OR UPDATE OF client_id ON notifications_workmark
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
"""

NO_POLICIES = """
DROP TRIGGER work_of_somebody ON notifications_workmark;
DROP POLICY work_kept ON notifications_workmark;
DROP POLICY work_read ON notifications_workmark;
DROP POLICY work_of_facility ON notifications_workmark;
ALTER TABLE notifications_workmark DISABLE ROW LEVEL SECURITY;
"""

# What was done about a notice is noted where all that is done is noted; the notice says only that it is needed.
# Nobody changed anything by that, so it leaves no line in the history.
TAKE_OVER = """
ALTER TABLE notifications_personalnotice DISABLE TRIGGER pia_history;
INSERT INTO notifications_workmark (
    client_id, kind, subject, instance, done_at, done_by_id, not_reached_at, not_reached_by_id,
    not_reached_count, back_at, version
)
SELECT appointment.client_id, 'tell', notice.appointment_id, notice.change_id::text,
    CASE notice.state WHEN 'done' THEN notice.tried_at END,
    CASE notice.state WHEN 'done' THEN notice.tried_by_id END,
    CASE notice.state WHEN 'not_reached' THEN notice.tried_at END,
    CASE notice.state WHEN 'not_reached' THEN notice.tried_by_id END,
    CASE notice.state WHEN 'not_reached' THEN 1 ELSE 0 END,
    CASE notice.state WHEN 'not_reached' THEN notice.tried_at END,
    1
FROM notifications_personalnotice notice
JOIN scheduling_appointment appointment ON appointment.id = notice.appointment_id
JOIN scheduling_client client ON client.id = appointment.client_id AND client.anonymised_at IS NULL
WHERE notice.state IN ('done', 'not_reached');
UPDATE notifications_personalnotice notice SET state = CASE
    WHEN client.closed_at IS NULL THEN 'open' ELSE 'superseded' END
FROM scheduling_appointment appointment
JOIN scheduling_client client ON client.id = appointment.client_id
WHERE appointment.id = notice.appointment_id AND notice.state IN ('done', 'not_reached');
-- What is checked at the end of a transaction would keep the tables from being altered below.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE notifications_personalnotice ENABLE TRIGGER pia_history;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0012_offer_messages'),
        ('scheduling', '0025_worklist_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('subject', models.BigIntegerField()),
                ('instance', models.CharField(max_length=64)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('not_reached_at', models.DateTimeField(blank=True, null=True)),
                ('not_reached_count', models.PositiveSmallIntegerField(default=0)),
                ('back_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='workmark',
            name='claimed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='workmark',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='work_marks', to='scheduling.client'),
        ),
        migrations.AddField(
            model_name='workmark',
            name='done_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='workmark',
            name='not_reached_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='workmark',
            constraint=models.UniqueConstraint(fields=('client', 'kind', 'subject', 'instance'), name='one_mark_per_reason'),
        ),
        migrations.AddConstraint(
            model_name='workmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_at__isnull', True), ('claimed_by__isnull', True)), models.Q(('claimed_at__isnull', False), ('claimed_by__isnull', False)), _connector='OR'), name='work_claimed_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='workmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('done_by__isnull', True)), models.Q(('done_at__isnull', False), ('done_by__isnull', False)), _connector='OR'), name='work_done_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='workmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('not_reached_at__isnull', True), ('not_reached_by__isnull', True)), models.Q(('not_reached_at__isnull', False), ('not_reached_by__isnull', False)), _connector='OR'), name='work_not_reached_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='workmark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('back_at__isnull', True), ('not_reached_at__isnull', True), ('not_reached_count', 0)), models.Q(('back_at__isnull', False), ('not_reached_at__isnull', False), ('not_reached_count__gt', 0)), _connector='OR'), name='work_not_reached_is_counted'),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
        migrations.RunSQL(TAKE_OVER, migrations.RunSQL.noop),
        track("notifications_workmark", omitted=["version"]),
        migrations.RemoveConstraint(
            model_name='personalnotice',
            name='notice_tried_at_has_by',
        ),
        migrations.RemoveConstraint(
            model_name='personalnotice',
            name='notice_tried_has_at',
        ),
        migrations.RemoveIndex(
            model_name='personalnotice',
            name='notice_waiting',
        ),
        migrations.RemoveField(
            model_name='personalnotice',
            name='tried_at',
        ),
        migrations.RemoveField(
            model_name='personalnotice',
            name='tried_by',
        ),
        migrations.AlterField(
            model_name='message',
            name='reason',
            field=models.CharField(blank=True, choices=[('superseded', 'durch eine spätere Änderung überholt'), ('appointment_cancelled', 'Termin ist abgesagt'), ('never_told', 'vom Termin war noch nichts mitgeteilt'), ('no_consent', 'keine Einwilligung'), ('no_address', 'keine Telefonnummer oder Adresse'), ('landline', 'Festnetz empfängt keine SMS'), ('phone_suspended', 'Nummer ruht'), ('inactive', 'Konto ist nicht mehr aktiv'), ('sms_off', 'SMS ist nicht eingerichtet'), ('not_wanted', 'im eigenen Zugang abgestellt'), ('too_late', 'Termin hatte schon begonnen'), ('denied_word', 'Text hätte etwas verraten'), ('refused', 'vom Versanddienst abgelehnt'), ('opted_out', 'mit STOP abbestellt'), ('undelivered', 'nicht zustellbar'), ('too_many_attempts', 'mehrmals nicht gelungen'), ('told_in_person', 'persönlich erinnert'), ('erased', 'Angaben zur Person sind gelöscht')], default='', max_length=24),
        ),
        migrations.AlterField(
            model_name='personalnotice',
            name='state',
            field=models.CharField(choices=[('open', 'nötig'), ('superseded', 'überholt')], default='open', max_length=12),
        ),
        migrations.AddIndex(
            model_name='personalnotice',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['appointment'], name='notice_waiting'),
        ),
    ]
