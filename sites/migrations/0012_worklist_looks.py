"""The worklist takes the place of the list of those who must be told in person."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pia_sites', '0011_offer_minutes'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE pia_sites_clientlook SET kind = 'worklist' WHERE kind = 'notices'", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name='clientlook',
            name='kind',
            field=models.CharField(choices=[('file', 'Akte'), ('editing', 'Formular der Angaben'), ('comparison', 'Vergleich zweier Einträge'), ('release', 'Formular der Schweigepflichtentbindung'), ('sheet', 'Druckblatt'), ('appointment', 'Termin'), ('messages', 'Nachrichten zu einem Termin'), ('hour', 'Sprechstunde'), ('day', 'Tagesliste'), ('list', 'Liste der Klient:innen'), ('suggestions', 'Vorschläge beim Buchen'), ('worklist', 'Aufgaben'), ('caseload', 'Liste der eigenen Klient:innen'), ('week', 'Tag und Woche der Einrichtung'), ('log', 'Protokoll'), ('export', 'Auskunft')], max_length=12),
        ),
    ]
