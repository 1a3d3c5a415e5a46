from notifications.models.consents import Channel, Consent, GivenHow, Purpose, WithdrawnHow
from notifications.models.feeds import CalendarFeed
from notifications.models.messages import Message, MessageKind, MessageState, Reason
from notifications.models.month_notices import MonthNotice
from notifications.models.personal import WAITING, NoticeState, PersonalNotice
from notifications.models.replies import Reply, ReplyOutcome

__all__ = [
    "WAITING",
    "CalendarFeed",
    "Channel",
    "Consent",
    "GivenHow",
    "Message",
    "MessageKind",
    "MessageState",
    "MonthNotice",
    "NoticeState",
    "PersonalNotice",
    "Purpose",
    "Reason",
    "Reply",
    "ReplyOutcome",
    "WithdrawnHow",
]
