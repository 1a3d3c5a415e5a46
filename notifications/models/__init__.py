from notifications.models.consents import Channel, Consent, GivenHow, Purpose, WithdrawnHow
from notifications.models.feeds import CalendarFeed
from notifications.models.messages import Message, MessageKind, MessageState, Reason
from notifications.models.month_notices import MonthNotice
from notifications.models.personal import NoticeState, PersonalNotice
from notifications.models.replies import Reply, ReplyOutcome
from notifications.models.work import WorkMark

__all__ = [
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
    "WorkMark",
]
