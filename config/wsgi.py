"""The WSGI entry for gunicorn: `gunicorn config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from config import embedded, keys, roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
embedded.provide()
roles.take_for_web()

application = get_wsgi_application()
keys.refuse_wrong_keys()
