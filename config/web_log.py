"""gunicorn's lines without what must not be kept in logs (gunicorn.conf.py)."""

from typing import Any

from gunicorn.glogging import Logger

from config.logs import Discreet

# No query string, referring page or client's address: searches hold names and numbers.
ACCESS = '%(t)s "%(m)s %(U)s %(H)s" %(s)s %(B)s %(M)sms'


class DiscreetLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log, form in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(Discreet(form, self.datefmt))
