"""Who wants to be told how of what changes less than a day ahead."""

import sites.encryption
from django.db import migrations, models

from sites.tracking import track

FORGET = "DROP TRIGGER pia_history ON pia_sites_user"
TRACK = str(track("pia_sites_user", secret=["password"], omitted=["last_login"]).sql)


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0008_months_ahead'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='phone',
            field=sites.encryption.EncryptedTextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='user',
            name='short_notice_email',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='user',
            name='short_notice_sms',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('short_notice_sms', False), models.Q(('phone', ''), _negated=True), _connector='OR'), name='user_short_notice_sms_has_phone'),
        ),
        migrations.AlterField(
            model_name='clientlook',
            name='kind',
            field=models.CharField(choices=[('file', 'Akte'), ('editing', 'Formular der Angaben'), ('comparison', 'Vergleich zweier Einträge'), ('release', 'Formular der Schweigepflichtentbindung'), ('sheet', 'Druckblatt'), ('appointment', 'Termin'), ('messages', 'Nachrichten zu einem Termin'), ('hour', 'Sprechstunde'), ('day', 'Tagesliste'), ('list', 'Liste der Klient:innen'), ('suggestions', 'Vorschläge beim Buchen'), ('notices', 'Liste derer, die Bescheid brauchen'), ('log', 'Protokoll'), ('export', 'Auskunft')], max_length=12),
        ),
        # Of somebody's own number the history only says that it changed.
        migrations.RunSQL(FORGET, TRACK),
        track("pia_sites_user", secret=["password", "phone"], omitted=["last_login"]),
    ]
