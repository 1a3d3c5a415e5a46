"""Notes to staff about an hour that comes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0008_hour_messages'),
        ('scheduling', '0015_day_row_security'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='message_reminds_or_tells_a_change',
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('confirmation', 'Bestätigung'), ('reminder', 'Erinnerung'), ('moved', 'Verschiebung'), ('cancelled', 'Absage'), ('substituted', 'Vertretung'), ('short_notice', 'kurzfristige Änderung'), ('drafts_wait', 'Entwürfe warten'), ('unpublished', 'Monat nicht veröffentlicht'), ('free_slots', 'Noch frei'), ('hour_ahead', 'Findet statt')], max_length=12),
        ),
        migrations.AlterField(
            model_name='message',
            name='reason',
            field=models.CharField(blank=True, choices=[('superseded', 'durch eine spätere Änderung überholt'), ('appointment_cancelled', 'Termin ist abgesagt'), ('never_told', 'vom Termin war noch nichts mitgeteilt'), ('no_consent', 'keine Einwilligung'), ('no_address', 'keine Telefonnummer oder Adresse'), ('landline', 'Festnetz empfängt keine SMS'), ('phone_suspended', 'Nummer ruht'), ('inactive', 'Konto ist nicht mehr aktiv'), ('sms_off', 'SMS ist nicht eingerichtet'), ('not_wanted', 'im eigenen Zugang abgestellt'), ('too_late', 'Termin hatte schon begonnen'), ('denied_word', 'Text hätte etwas verraten'), ('refused', 'vom Versanddienst abgelehnt'), ('opted_out', 'mit STOP abbestellt'), ('undelivered', 'nicht zustellbar'), ('too_many_attempts', 'mehrmals nicht gelungen'), ('erased', 'Angaben zur Person sind gelöscht')], default='', max_length=24),
        ),
        migrations.AlterField(
            model_name='monthnotice',
            name='kind',
            field=models.CharField(choices=[('confirmation', 'Bestätigung'), ('reminder', 'Erinnerung'), ('moved', 'Verschiebung'), ('cancelled', 'Absage'), ('substituted', 'Vertretung'), ('short_notice', 'kurzfristige Änderung'), ('drafts_wait', 'Entwürfe warten'), ('unpublished', 'Monat nicht veröffentlicht'), ('free_slots', 'Noch frei'), ('hour_ahead', 'Findet statt')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', True), ('kind__in', ['reminder', 'drafts_wait', 'unpublished', 'free_slots', 'hour_ahead']), ('stage__isnull', False)), models.Q(models.Q(('kind__in', ['reminder', 'drafts_wait', 'unpublished', 'free_slots', 'hour_ahead']), _negated=True), ('change__isnull', False), ('stage__isnull', True)), _connector='OR'), name='message_reminds_or_tells_a_change'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['free_slots', 'hour_ahead']), models.Q(('state', 'dropped'), _negated=True)), fields=('hour', 'stage', 'appointment_starts_at', 'recipient_user'), name='one_note_per_hour_stage_and_start'),
        ),
    ]
