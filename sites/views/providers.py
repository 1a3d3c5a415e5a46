"""Signing in by another provider: allauth's two views, and an answer when the provider does not answer."""

import logging
from collections.abc import Callable

from allauth.socialaccount.providers.openid_connect import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

logger = logging.getLogger(__name__)


@login_not_required
def go(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _asked(views.login, request, provider_id)


@login_not_required
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _asked(views.callback, request, provider_id)


def _asked(view: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view(request, provider_id)
    except RequestException as error:
        logger.error("provider %s does not answer: %s", provider_id, type(error).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)
