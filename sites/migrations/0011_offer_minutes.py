"""How long a freed slot is held for one who waits."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0010_history_of_the_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='offer_minutes',
            field=models.PositiveSmallIntegerField(db_default=60, default=60, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(1440)]),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('offer_minutes__range', (5, 1440))), name='site_offer_minutes_fit'),
        ),
    ]
