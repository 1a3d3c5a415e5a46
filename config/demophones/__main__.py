"""`python -m config.demophones`: serve on DEMO_PHONES_PORT (default: where TWILIO_API_BASE_URL points)."""

import logging.config
import os
import signal
from types import FrameType
from urllib.parse import urlsplit


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. Ends with one line where that isn't possible."""
    if os.environ.get("DEMO") != "1":
        raise SystemExit("DEMO: the demo phones exist in the demo only; run make demo, or set DEMO=1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Only now: everywhere else the settings may be incomplete, and say so at length.
    from django.conf import settings

    from config.demophones.deliveries import Deliveries
    from config.demophones.demo import Demo
    from config.demophones.server import serve
    from config.demophones.store import Store

    logging.config.dictConfig(settings.LOGGING)
    account = settings.TWILIO
    assert account is not None  # noqa: S101 - the demo always has one
    port = _port(settings.DEMO_PHONES_URL)
    store = Store(settings.VAR_DIR / "phones.sqlite3")
    deliveries = Deliveries(store=store, account=account)
    demo = Demo(account, settings.BASE_URL, settings.DEMO_MAIL_DIR, store, deliveries)
    try:
        server = serve(demo, port=port)
    except OSError as error:
        raise SystemExit(
            f"DEMO_PHONES_PORT: port {port} cannot be used ({error.strerror}); set another one"
        ) from error
    signal.signal(signal.SIGTERM, _stop)
    deliveries.start()
    print(f"demo phones: http://127.0.0.1:{port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        deliveries.stop()
        store.close()


def _port(phones_url: str) -> int:
    value = os.environ.get("DEMO_PHONES_PORT", "")
    if not value:
        return urlsplit(phones_url).port or 80
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise SystemExit(f"DEMO_PHONES_PORT: {value!r} is no port number; set one from 1 to 65535")
    return int(value)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
