"""Templates and static files, without Django's app registry: the demo phones load no app and no database."""

import mimetypes
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template import Engine

from config import environment

TEMPLATES = environment.ROOT / "templates"
STATIC = environment.ROOT / "static"
OWN_STATIC = Path(__file__).resolve().parent / "static"

engine = Engine(dirs=[str(TEMPLATES)])


def render(name: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page, from templates/demophones/. Everything that is put in is escaped."""
    return HttpResponse(engine.render_to_string(f"demophones/{name}", values), status=status)


def static_file(request: HttpRequest, demo: object, path: str) -> HttpResponse:
    """A file of the application's static/ folder, or of the demo phones' own."""
    for folder in (OWN_STATIC, STATIC):
        file = (folder / path).resolve()
        if file.is_relative_to(folder) and file.is_file():
            content_type, _ = mimetypes.guess_type(file.name)
            return HttpResponse(file.read_bytes(), content_type=content_type or "application/octet-stream")
    raise Http404(path)
