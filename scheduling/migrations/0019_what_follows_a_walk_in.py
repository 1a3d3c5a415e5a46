"""Who walked in has a next step like who had an appointment."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0018_series_were_imported'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='walkin',
            name='follow_up',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.appointment'),
        ),
        migrations.AddField(
            model_name='walkin',
            name='handover',
            field=models.CharField(blank=True, choices=[('given', 'Termin in der PIA ist mitgegeben'), ('call', 'Bitte den Termin in der PIA telefonisch vereinbaren'), ('accompany', 'Bitte Begleitung zum ersten Termin in der PIA organisieren'), ('papers', 'Bitte an Versichertenkarte und Ausweis erinnern'), ('interpreter', 'Bitte Sprachmittlung für die PIA anmelden')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='walkin',
            name='next_step',
            field=models.CharField(blank=True, choices=[('nothing', 'nichts weiter'), ('follow_up', 'Folgetermin hier'), ('pia', 'Weiterbehandlung in der PIA'), ('waiting', 'zurück auf die Warteliste')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='walkin',
            name='next_step_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='walkin',
            name='next_step_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='walkin',
            name='pia_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='appointment',
            name='follow_up',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.appointment'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_step', ''), ('next_step_at__isnull', True), ('next_step_by__isnull', True)), models.Q(('next_step_at__isnull', False), ('next_step_by__isnull', False), ('status', 'fulfilled'), models.Q(('next_step', ''), _negated=True)), _connector='OR'), name='walk_in_next_step_after_done'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_step', 'pia'), ('pia_date__isnull', False)), models.Q(models.Q(('next_step', 'pia'), _negated=True), ('handover', ''), ('pia_date__isnull', True)), _connector='OR'), name='walk_in_pia_has_date'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('follow_up__isnull', False), ('next_step', 'follow_up')), models.Q(models.Q(('next_step', 'follow_up'), _negated=True), ('follow_up__isnull', True)), _connector='OR'), name='walk_in_follow_up_is_one'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(('next_step__in', ['', 'nothing']), ('client__isnull', False), _connector='OR'), name='walk_in_next_step_is_somebodys'),
        ),
    ]
