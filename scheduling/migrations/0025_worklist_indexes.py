"""What the worklist asks is answered by small indexes."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0012_worklist_looks'),
        ('scheduling', '0024_offer_row_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status', 'booked')), fields=['starts_at'], name='appointment_booked_by_start'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status', 'noshow')), fields=['ended_at'], name='appointment_noshow_by_end'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('next_step__in', ['follow_up', 'pia', 'waiting'])), fields=['next_step_at'], name='appointment_next_step_by_time'),
        ),
        migrations.AddIndex(
            model_name='walkin',
            index=models.Index(condition=models.Q(('next_step__in', ['follow_up', 'pia', 'waiting'])), fields=['next_step_at'], name='walk_in_next_step_by_time'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('phone_suspended_at__isnull', False)), fields=['facility'], name='client_with_phone_at_rest'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(condition=models.Q(('withdrawn_at__isnull', True)), fields=['ends_date'], name='release_by_end'),
        ),
    ]
