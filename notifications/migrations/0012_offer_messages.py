"""Messages and answers about offers from the waiting list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = """
CREATE POLICY message_of_offer ON notifications_message TO pia_web
    USING (
        offer_id IS NOT NULL AND (SELECT offer.site_id FROM scheduling_offer offer WHERE offer.id = offer_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
    );
GRANT UPDATE (outcome) ON notifications_reply TO pia_sms;
"""

NO_RIGHTS = """
REVOKE UPDATE (outcome) ON notifications_reply FROM pia_sms;
DROP POLICY message_of_offer ON notifications_message;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0011_history_of_notices'),
        ('scheduling', '0024_offer_row_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='message_is_about_one_thing',
        ),
        migrations.AddField(
            model_name='message',
            name='offer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='scheduling.offer'),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('confirmation', 'Bestätigung'), ('reminder', 'Erinnerung'), ('moved', 'Verschiebung'), ('cancelled', 'Absage'), ('substituted', 'Vertretung'), ('short_notice', 'kurzfristige Änderung'), ('drafts_wait', 'Entwürfe warten'), ('unpublished', 'Monat nicht veröffentlicht'), ('free_slots', 'Noch frei'), ('hour_ahead', 'Findet statt'), ('offer', 'Angebot von der Warteliste'), ('offer_over', 'Angebot gilt nicht mehr')], max_length=12),
        ),
        migrations.AlterField(
            model_name='monthnotice',
            name='kind',
            field=models.CharField(choices=[('confirmation', 'Bestätigung'), ('reminder', 'Erinnerung'), ('moved', 'Verschiebung'), ('cancelled', 'Absage'), ('substituted', 'Vertretung'), ('short_notice', 'kurzfristige Änderung'), ('drafts_wait', 'Entwürfe warten'), ('unpublished', 'Monat nicht veröffentlicht'), ('free_slots', 'Noch frei'), ('hour_ahead', 'Findet statt'), ('offer', 'Angebot von der Warteliste'), ('offer_over', 'Angebot gilt nicht mehr')], max_length=12),
        ),
        migrations.AlterField(
            model_name='reply',
            name='outcome',
            field=models.CharField(choices=[('noted', 'notiert'), ('consent_withdrawn', 'Einwilligung widerrufen'), ('offer_accepted', 'Angebot angenommen'), ('offer_declined', 'Angebot abgelehnt'), ('offer_missed', 'Ja kam nach dem Ende des Angebots')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('appointment__isnull', False), ('hour__isnull', True), ('offer__isnull', True)), models.Q(('appointment__isnull', True), ('hour__isnull', False), ('offer__isnull', True), ('recipient_user__isnull', False)), models.Q(('appointment__isnull', True), ('hour__isnull', True), ('kind__in', ['drafts_wait', 'unpublished']), ('offer__isnull', True)), models.Q(('appointment__isnull', True), ('hour__isnull', True), ('kind__in', ['offer', 'offer_over']), ('offer__isnull', False)), _connector='OR'), name='message_is_about_one_thing'),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
