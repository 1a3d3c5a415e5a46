"""Messages to staff about whole hours, and who has to be told in person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Who the social workers of a facility are, is asked when they are told of an hour.
GRANTS = """
GRANT SELECT ON pia_sites_membership TO pia_worker;
GRANT SELECT, INSERT, UPDATE ON notifications_personalnotice TO pia_worker;
GRANT SELECT, UPDATE (state) ON notifications_personalnotice TO pia_keeper;
"""

NO_GRANTS = """
REVOKE ALL ON notifications_personalnotice FROM pia_worker, pia_keeper;
REVOKE ALL ON pia_sites_membership FROM pia_worker;
"""

POLICIES = """
ALTER TABLE notifications_personalnotice ENABLE ROW LEVEL SECURITY;
CREATE POLICY notice_of_facility ON notifications_personalnotice TO pia_web
    USING (
        (SELECT slot.site_id
         FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
         WHERE appointment.id = appointment_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
    );
CREATE POLICY notice_all ON notifications_personalnotice TO pia_worker USING (true);
CREATE POLICY notice_kept ON notifications_personalnotice TO pia_keeper USING (true);

-- Before an hour is changed its clinic sees who will be told by SMS, and whom the facility has to tell.
CREATE POLICY consent_of_clinic ON notifications_consent FOR SELECT TO pia_web
    USING (withdrawn_at IS NULL AND (SELECT pia_clinic_sites()) <> '{}' AND EXISTS (
        SELECT FROM scheduling_appointment appointment
        JOIN scheduling_slot slot ON slot.id = appointment.slot_id
        WHERE appointment.client_id = notifications_consent.client_id
          AND slot.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
        OFFSET 0
    ));
"""

NO_POLICIES = """
DROP POLICY consent_of_clinic ON notifications_consent;
DROP POLICY notice_kept ON notifications_personalnotice;
DROP POLICY notice_all ON notifications_personalnotice;
DROP POLICY notice_of_facility ON notifications_personalnotice;
ALTER TABLE notifications_personalnotice DISABLE ROW LEVEL SECURITY;
"""

# A message comes to nothing in many places: while sending, by a report of Twilio, by a withdrawn consent. Here
# none of them can forget that the client still doesn't know. What was overtaken by a later change is told by
# that one.
UNTOLD = """
CREATE FUNCTION notifications_untold() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notifications_personalnotice (change_id, appointment_id, reason, state)
    SELECT change.id, change.appointment_id, NEW.reason, 'open'
    FROM scheduling_change change
    WHERE change.id = NEW.change_id AND jsonb_exists(change.data, 'hour_change')
      AND NOT EXISTS (
          SELECT FROM scheduling_change later
          WHERE later.appointment_id = change.appointment_id AND later.id > change.id
            AND later.kind IN ('moved', 'cancelled')
      )
    ON CONFLICT (change_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER untold AFTER UPDATE OF state ON notifications_message
    FOR EACH ROW
    WHEN (NEW.state IN ('failed', 'dropped') AND NEW.channel = 'sms' AND NEW.recipient_client_id IS NOT NULL
          AND NEW.change_id IS NOT NULL AND NEW.reason NOT IN ('superseded', 'appointment_cancelled'))
    EXECUTE FUNCTION notifications_untold();
"""

NO_UNTOLD = """
DROP TRIGGER untold ON notifications_message;
DROP FUNCTION notifications_untold();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0007_month_notices'),
        ('pia_sites', '0009_short_notice'),
        ('scheduling', '0013_hour_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=24)),
                ('state', models.CharField(choices=[('open', 'offen'), ('not_reached', 'nicht erreicht'), ('done', 'Bescheid gesagt'), ('superseded', 'überholt')], default='open', max_length=12)),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='personalnotice',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='personal_notices', to='scheduling.appointment'),
        ),
        migrations.AddField(
            model_name='personalnotice',
            name='change',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='personal_notice', to='scheduling.change'),
        ),
        migrations.AddField(
            model_name='personalnotice',
            name='tried_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='personalnotice',
            index=models.Index(condition=models.Q(('state__in', ['open', 'not_reached'])), fields=['appointment'], name='notice_waiting'),
        ),
        migrations.AddConstraint(
            model_name='personalnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('tried_at__isnull', True), ('tried_by__isnull', True)), models.Q(('tried_at__isnull', False), ('tried_by__isnull', False)), _connector='OR'), name='notice_tried_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='personalnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['not_reached', 'done']), _negated=True), ('tried_at__isnull', False), _connector='OR'), name='notice_tried_has_at'),
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
        migrations.RunSQL(UNTOLD, NO_UNTOLD),
    ]
