"""`python -m tests.faults.unguarded`: one sweep that looks for a message first and claims it then.

The other half of the proof that conditional UPDATEs are what keeps sweeps apart: of claiming, and of the last
look before a message leaves.
"""

import time
from datetime import datetime

import django
from django.utils import timezone


def main() -> None:
    django.setup()
    from notifications import outbox, sweeping
    from notifications.models import Message

    def look_then_claim(now: datetime) -> outbox.Claim | None:
        due = Message.objects.filter(state="planned", due_at__lte=now).order_by("due_at", "pk").first()
        if due is None:
            return None
        time.sleep(0.02)
        Message.objects.filter(pk=due.pk).update(state="sending", claimed_at=now, attempts=due.attempts + 1)
        return outbox.Claim(due.pk, now, due.attempts + 1, due.appointment_starts_at)

    def hand_over_anyway(claim: outbox.Claim, *, address: str, body: str) -> bool:
        return bool(Message.objects.filter(pk=claim.pk).update(address=address, body=body))

    outbox.claim_one = look_then_claim
    outbox.hand_over = hand_over_anyway
    sweeping.sweep(now=timezone.now())


if __name__ == "__main__":
    main()
