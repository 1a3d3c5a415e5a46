"""Marks of who came, walk-ins, the waiting list, and how late an hour runs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0009_short_notice'),
        ('schedule', '0015_rename_indexes'),
        ('scheduling', '0013_hour_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WaitingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appointment_type', models.CharField(choices=[('first', 'Erstgespräch'), ('follow_up', 'Folgegespräch'), ('open', 'Offene Sprechstunde')], max_length=10)),
                ('since_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'waiting entries',
                'ordering': ['since_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='WalkIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('arrived_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('arrived', 'angekommen'), ('fulfilled', 'wahrgenommen')], default='arrived', max_length=10)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.AddField(
            model_name='appointment',
            name='arrived_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='arrived_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointment',
            name='confirmed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointment',
            name='follow_up',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follows', to='scheduling.appointment'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='handover',
            field=models.CharField(blank=True, choices=[('given', 'Termin in der PIA ist mitgegeben'), ('call', 'Bitte den Termin in der PIA telefonisch vereinbaren'), ('accompany', 'Bitte Begleitung zum ersten Termin in der PIA organisieren'), ('papers', 'Bitte an Versichertenkarte und Ausweis erinnern'), ('interpreter', 'Bitte Sprachmittlung für die PIA anmelden')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='appointment',
            name='next_step',
            field=models.CharField(blank=True, choices=[('nothing', 'nichts weiter'), ('follow_up', 'Folgetermin hier'), ('pia', 'Weiterbehandlung in der PIA'), ('waiting', 'zurück auf die Warteliste')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='appointment',
            name='next_step_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='next_step_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appointment',
            name='pia_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='started_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='started_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consultationhour',
            name='late_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='consultationhour',
            name='late_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consultationhour',
            name='late_minutes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='change',
            name='kind',
            field=models.CharField(choices=[('hour_proposed', 'Sprechstunde vorgeschlagen'), ('hour_published', 'Sprechstunde veröffentlicht'), ('hour_withdrawn', 'Veröffentlichung zurückgenommen'), ('hour_skipped', 'Sprechstunde ausgelassen'), ('hour_restored', 'Sprechstunde wieder aufgenommen'), ('hour_changed', 'Entwurf geändert'), ('hour_adapted', 'an die Reihe angepasst'), ('slots_changed', 'Zeitfenster geändert'), ('hour_cancelled', 'Sprechstunde abgesagt'), ('hour_moved', 'Sprechstunde verlegt'), ('hour_resized', 'Dauer der Sprechstunde geändert'), ('hour_substituted', 'Vertretung'), ('booked', 'Termin gebucht'), ('moved', 'Termin verschoben'), ('substituted', 'Termin in Vertretung'), ('cancelled', 'Termin abgesagt'), ('arrived', 'angekommen'), ('in_room', 'im Raum'), ('done', 'fertig'), ('not_come', 'nicht erschienen'), ('left', 'gegangen'), ('mark_undone', 'Eintrag zurückgenommen'), ('next_step', 'Wie es weitergeht'), ('hour_late', 'Verspätung gemeldet'), ('client_merged', 'Klient:in zusammengeführt')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='consultationhour',
            index=models.Index(condition=models.Q(('status', 'published')), fields=['starts_at'], name='hour_published_by_start'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arrived_at__isnull', True), ('arrived_by__isnull', True)), models.Q(('arrived_at__isnull', False), ('arrived_by__isnull', False)), _connector='OR'), name='appointment_arrived_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at__isnull', True), ('started_by__isnull', True)), models.Q(('started_at__isnull', False), ('started_by__isnull', False)), _connector='OR'), name='appointment_started_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='appointment_ended_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arrived_at__isnull', True), ('started_at__isnull', True), ('started_at__gte', models.F('arrived_at')), _connector='OR'), models.Q(('started_at__isnull', True), ('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), models.Q(('arrived_at__isnull', True), ('ended_at__isnull', True), ('ended_at__gte', models.F('arrived_at')), _connector='OR')), name='appointment_marks_in_order'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arrived_at__isnull', True), ('ended_at__isnull', True), ('started_at__isnull', True), ('status__in', ['booked', 'cancelled'])), models.Q(('status', 'arrived'), models.Q(('arrived_at__isnull', False), ('started_at__isnull', False), _connector='OR')), models.Q(('ended_at__isnull', False), ('status', 'fulfilled')), models.Q(('arrived_at__isnull', True), ('ended_at__isnull', False), ('started_at__isnull', True), ('status', 'noshow')), _connector='OR'), name='appointment_marks_fit_status'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_step', ''), ('next_step_at__isnull', True), ('next_step_by__isnull', True)), models.Q(('next_step_at__isnull', False), ('next_step_by__isnull', False), ('status', 'fulfilled'), models.Q(('next_step', ''), _negated=True)), _connector='OR'), name='appointment_next_step_after_done'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_step', 'pia'), ('pia_date__isnull', False)), models.Q(models.Q(('next_step', 'pia'), _negated=True), ('handover', ''), ('pia_date__isnull', True)), _connector='OR'), name='appointment_pia_has_date'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('follow_up__isnull', False), ('next_step', 'follow_up')), models.Q(models.Q(('next_step', 'follow_up'), _negated=True), ('follow_up__isnull', True)), _connector='OR'), name='appointment_follow_up_is_one'),
        ),
        migrations.AddConstraint(
            model_name='consultationhour',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('late_at__isnull', True), ('late_by__isnull', True), ('late_minutes', 0)), models.Q(('late_at__isnull', False), ('late_by__isnull', False)), _connector='OR'), name='hour_late_has_at_and_by'),
        ),
        migrations.AddConstraint(
            model_name='consultationhour',
            constraint=models.CheckConstraint(condition=models.Q(('late_minutes__lte', 240)), name='hour_late_by_hours_at_most'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='added_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='client',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entries', to='scheduling.client'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='site',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pia_sites.site'),
        ),
        migrations.AddField(
            model_name='walkin',
            name='arrived_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='walkin',
            name='client',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='walk_ins', to='scheduling.client'),
        ),
        migrations.AddField(
            model_name='walkin',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='walkin',
            name='hour',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='walk_ins', to='scheduling.consultationhour'),
        ),
        migrations.AddField(
            model_name='walkin',
            name='slot',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='walk_in', to='scheduling.slot'),
        ),
        migrations.AddField(
            model_name='walkin',
            name='started_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='waitingentry',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['site', 'since_at'], name='waiting_by_site'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='waiting_closed_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('closed_at__gte', models.F('since_at')), _connector='OR'), name='waiting_closed_after_since'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('client', 'site', 'appointment_type'), name='client_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.UniqueConstraint(fields=('hour', 'number'), name='walk_in_number_in_hour'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arrived_at__isnull', True), ('arrived_by__isnull', True)), models.Q(('arrived_at__isnull', False), ('arrived_by__isnull', False)), _connector='OR'), name='walk_in_arrived_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at__isnull', True), ('started_by__isnull', True)), models.Q(('started_at__isnull', False), ('started_by__isnull', False)), _connector='OR'), name='walk_in_started_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='walk_in_ended_at_has_by'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arrived_at__isnull', True), ('started_at__isnull', True), ('started_at__gte', models.F('arrived_at')), _connector='OR'), models.Q(('started_at__isnull', True), ('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), models.Q(('arrived_at__isnull', True), ('ended_at__isnull', True), ('ended_at__gte', models.F('arrived_at')), _connector='OR')), name='walk_in_marks_in_order'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(('arrived_at__isnull', False), models.Q(('status', 'arrived'), ('ended_at__isnull', False), _connector='OR')), name='walk_in_marks_fit_status'),
        ),
    ]
