"""Who wants to be told how of what changes less than a day ahead."""

import sites.encryption
from django.db import migrations, models


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
    ]
