"""Where Twilio calls: what became of a message, and what a client answered.

Only Twilio can sign these requests. The signature covers the public address, so it is checked against
BASE_URL and not against what a proxy made of it. Beside the SMS transport the only module that imports
`twilio`.
"""

import re
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

from notifications import callbacks, replies
from sites import acting

View = Callable[[HttpRequest], HttpResponse]

SID = re.compile(r"[A-Za-z0-9]{2,64}")
CODE = re.compile(r"[A-Za-z0-9_-]{0,20}")
# Nothing is answered by SMS.
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def from_twilio(view: View) -> View:
    """Lets only POSTs through that Twilio signed; without Twilio in the settings there is no such address."""

    @login_not_required
    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if settings.TWILIO is None:
            raise Http404
        address = settings.BASE_URL + request.get_full_path()
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(settings.TWILIO.auth_token).validate(address, request.POST, signature):
            return HttpResponseForbidden(content_type="text/plain")
        if not SID.fullmatch(request.POST.get("MessageSid", "")):
            return HttpResponseBadRequest("MessageSid", content_type="text/plain")
        with acting.as_system(acting.System.SMS):
            return view(request)

    return guarded


@from_twilio
def status(request: HttpRequest) -> HttpResponse:
    """A message of ours has got somewhere. 404 for one that is not ours."""
    code = request.POST.get("ErrorCode", "")
    number = request.GET.get("message", "")
    try:
        callbacks.record_status(
            sid=request.POST["MessageSid"],
            status=request.POST.get("MessageStatus", "")[:20],
            error_code=code if CODE.fullmatch(code) else "",
            now=timezone.now(),
            message_id=int(number) if re.fullmatch(r"[0-9]{1,18}", number) else None,
        )
    except callbacks.UnknownMessage as error:
        raise Http404 from error
    return HttpResponse(status=204)


@from_twilio
def inbound(request: HttpRequest) -> HttpResponse:
    """A client answered."""
    replies.receive(
        sid=request.POST["MessageSid"],
        address=request.POST.get("From", ""),
        body=request.POST.get("Body", ""),
        opted_out=request.POST.get("OptOutType", "") == "STOP",
        now=timezone.now(),
    )
    return HttpResponse(EMPTY_TWIML, content_type="text/xml")
