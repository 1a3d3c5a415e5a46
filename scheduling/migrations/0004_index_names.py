"""Names that were stored before can be looked up too."""

from typing import Any

from django.db import migrations

from sites.encryption import blind_index
from sites.names import same_name


def index_names(apps: Any, schema_editor: Any) -> None:
    clients = apps.get_model("scheduling", "Client").objects
    for pk, name in clients.exclude(name="").values_list("pk", "name").iterator():
        clients.filter(pk=pk).update(name_index=blind_index(same_name(name)))


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_client_file")]

    operations = [migrations.RunPython(index_names, migrations.RunPython.noop)]
