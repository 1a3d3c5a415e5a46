"""What all parts of the demo phones share."""

from dataclasses import dataclass
from pathlib import Path

from config.demophones.deliveries import Deliveries
from config.demophones.store import Store
from config.environment import Twilio


@dataclass(frozen=True)
class Demo:
    """The account that the application uses, where the application is, and what the demo keeps."""

    account: Twilio
    base_url: str
    mail_dir: Path
    store: Store
    deliveries: Deliveries
