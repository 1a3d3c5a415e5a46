"""What happens to a message after Twilio has accepted it: it goes out, arrives, and the application is told.

One thread moves all messages on. Where each one stands is in the store, so a restart carries on.
"""

import heapq
import itertools
import logging
import threading
import time
from datetime import UTC, datetime

from config.demophones import webhooks
from config.demophones.store import Sms, Store
from config.environment import Twilio

logger = logging.getLogger(__name__)

NEXT_STATUS = {"accepted": "queued", "queued": "sent", "sent": "delivered"}
# Long enough to be seen on the page, and for the application to have noted the message's SID.
STEP_SECONDS = 0.7
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)


class Deliveries(threading.Thread):
    """The thread; `hand_over` gives it a message, `stop` ends it."""

    def __init__(
        self,
        *,
        store: Store,
        account: Twilio,
        step_seconds: float = STEP_SECONDS,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        super().__init__(name="deliveries", daemon=True)
        self._store = store
        self._account = account
        self._step_seconds = step_seconds
        self._retry_seconds = retry_seconds
        self._order = itertools.count()  # among messages due at the same moment the one handed over first
        self._due: list[tuple[float, int, str, int]] = []
        self._changed = threading.Condition()
        self._stopping = False
        for sms in store.unfinished():
            self.hand_over(sms.sid)

    def hand_over(self, sid: str, *, seconds: float | None = None, attempt: int = 0) -> None:
        """Move this message on after `seconds` (default: one step). `attempt` counts failed calls."""
        due = time.monotonic() + (self._step_seconds if seconds is None else seconds)
        with self._changed:
            heapq.heappush(self._due, (due, next(self._order), sid, attempt))
            self._changed.notify()

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while (work := self._wait()) is not None:
            try:
                self._advance(*work)
            except Exception:
                logger.exception("could not move message %s on", work[0])

    def _wait(self) -> tuple[str, int] | None:
        with self._changed:
            while not self._stopping:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    _, _, sid, attempt = heapq.heappop(self._due)
                    return sid, attempt
                self._changed.wait(pause)
            return None

    def _advance(self, sid: str, attempt: int) -> None:
        sms = self._store.find(sid)
        if sms is not None and sms.reported == sms.status and sms.status in NEXT_STATUS:
            sms = self._store.set_status(sid, NEXT_STATUS[sms.status], now=datetime.now(UTC))
        if sms is None:
            return
        if not self._report(sms) and attempt < len(self._retry_seconds):
            self.hand_over(sid, seconds=self._retry_seconds[attempt], attempt=attempt + 1)
            return
        self._store.set_reported(sid, sms.status)
        if sms.status in NEXT_STATUS:
            self.hand_over(sid)

    def _report(self, sms: Sms) -> bool:
        """Tell the application; False when trying again may help."""
        if not sms.status_callback:
            return True
        fields = callback_fields(sms, account_sid=self._account.account_sid)
        try:
            answer = webhooks.post(sms.status_callback, fields, auth_token=self._account.auth_token)
        except webhooks.Unreachable as error:
            logger.warning("status callback %s of %s: not reached (%s)", sms.status, sms.sid, error)
            return False
        if not answer.accepted:
            logger.warning("status callback %s of %s: answered %s", sms.status, sms.sid, answer.status)
        return answer.status < 500


def callback_fields(sms: Sms, *, account_sid: str) -> dict[str, str]:
    """The form that Twilio posts to StatusCallback."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": sms.other,
        "MessageSid": sms.sid,
        "MessageStatus": sms.status,
        "SmsSid": sms.sid,
        "SmsStatus": sms.status,
        "To": sms.phone,
    }
    if sms.messaging_service_sid:
        fields["MessagingServiceSid"] = sms.messaging_service_sid
    return fields
