"""What somebody who waits wishes, what they were offered, and whom an offer passed over."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0011_offer_minutes'),
        ('scheduling', '0022_appointment_revived'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('offered_at', models.DateTimeField()),
                ('until_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('standing', 'wartet auf Antwort'), ('accepted', 'angenommen'), ('declined', 'abgelehnt'), ('expired', 'ohne Antwort abgelaufen'), ('gone', 'Zeitfenster ist entfallen')], default='standing', max_length=10)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['offered_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PassedOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('too_early', 'liegt vor dem frühesten Tag'), ('too_late', 'liegt nach dem spätesten Tag'), ('day_part', 'passt nicht zu den Tageszeiten'), ('has_offer', 'hatte schon ein anderes Angebot'), ('had_this', 'hatte dieses Zeitfenster schon angeboten bekommen'), ('enough_today', 'hatte an diesem Tag schon drei Angebote'), ('has_appointment', 'hat zu dieser Zeit einen anderen Termin')], max_length=16)),
            ],
            options={
                'verbose_name_plural': 'passed over',
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='also_at',
            field=models.ManyToManyField(blank=True, related_name='+', to='pia_sites.site'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='closed_reason',
            field=models.CharField(blank=True, choices=[('booked', 'hat einen Termin'), ('not_needed', 'braucht keinen Termin mehr'), ('not_reached', 'nicht mehr zu erreichen'), ('mistake', 'irrtümlich eingetragen'), ('merged', 'mit einem anderen Eintrag zusammengeführt'), ('erased', 'Angaben zur Person sind gelöscht')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='day_parts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('morning', 'vormittags (bis 12 Uhr)'), ('midday', 'mittags (12 bis 14 Uhr)'), ('afternoon', 'nachmittags (ab 14 Uhr)')], max_length=10), blank=True, db_default=[], default=list, size=None),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='discharge_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='earliest_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='latest_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='medication_until_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='requested_date',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='version',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='change',
            name='kind',
            field=models.CharField(choices=[('hour_proposed', 'Sprechstunde vorgeschlagen'), ('hour_published', 'Sprechstunde veröffentlicht'), ('hour_withdrawn', 'Veröffentlichung zurückgenommen'), ('hour_skipped', 'Sprechstunde ausgelassen'), ('hour_restored', 'Sprechstunde wieder aufgenommen'), ('hour_changed', 'Entwurf geändert'), ('hour_adapted', 'an die Reihe angepasst'), ('slots_changed', 'Zeitfenster geändert'), ('hour_cancelled', 'Sprechstunde abgesagt'), ('hour_moved', 'Sprechstunde verlegt'), ('hour_resized', 'Dauer der Sprechstunde geändert'), ('hour_substituted', 'Vertretung'), ('booked', 'Termin gebucht'), ('moved', 'Termin verschoben'), ('substituted', 'Termin in Vertretung'), ('cancelled', 'Termin abgesagt'), ('revived', 'Absage zurückgenommen'), ('confirmed', 'per SMS bestätigt'), ('arrived', 'angekommen'), ('in_room', 'im Raum'), ('done', 'fertig'), ('not_come', 'nicht erschienen'), ('left', 'gegangen'), ('mark_undone', 'Eintrag zurückgenommen'), ('next_step', 'Wie es weitergeht'), ('hour_late', 'Verspätung gemeldet'), ('offered', 'Zeitfenster der Warteliste angeboten'), ('offer_closed', 'Angebot beendet'), ('offer_missed', 'Antwort auf ein Angebot kam zu spät'), ('client_merged', 'Klient:in zusammengeführt')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', False), ('closed_reason', ''), _connector='OR'), name='waiting_reason_when_closed'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.CheckConstraint(condition=models.Q(('earliest_date__isnull', True), ('latest_date__isnull', True), ('latest_date__gte', models.F('earliest_date')), _connector='OR'), name='waiting_latest_after_earliest'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.CheckConstraint(condition=models.Q(('day_parts__contained_by', ['morning', 'midday', 'afternoon'])), name='waiting_day_parts_known'),
        ),
        migrations.AddField(
            model_name='offer',
            name='appointment',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='scheduling.appointment'),
        ),
        migrations.AddField(
            model_name='offer',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='offer',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='scheduling.waitingentry'),
        ),
        migrations.AddField(
            model_name='offer',
            name='hour',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.consultationhour'),
        ),
        migrations.AddField(
            model_name='offer',
            name='site',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pia_sites.site'),
        ),
        migrations.AddField(
            model_name='offer',
            name='slot',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='offers', to='scheduling.slot'),
        ),
        migrations.AddField(
            model_name='passedover',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passes', to='scheduling.waitingentry'),
        ),
        migrations.AddField(
            model_name='passedover',
            name='offer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='passed_over', to='scheduling.offer'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(('state', 'standing')), fields=['site', 'until_at'], name='offer_standing_by_site'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'standing')), fields=('slot',), name='slot_stands_offered_once'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'standing')), fields=('entry',), name='entry_has_one_standing_offer'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(fields=('entry', 'slot', 'starts_at'), name='slot_is_offered_once_to_each'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('offered_at')), ('until_at__lte', models.F('starts_at'))), name='offer_ends_before_slot'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='offer_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('state', 'standing')), models.Q(models.Q(('state', 'standing'), _negated=True), ('closed_at__gte', models.F('offered_at')), ('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='offer_closed_has_at_and_by'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('appointment__isnull', False), ('state', 'accepted')), models.Q(models.Q(('state', 'accepted'), _negated=True), ('appointment__isnull', True)), _connector='OR'), name='offer_accepted_has_appointment'),
        ),
        migrations.AddConstraint(
            model_name='passedover',
            constraint=models.UniqueConstraint(fields=('offer', 'entry'), name='passed_over_once'),
        ),
    ]
