"""Read by gunicorn wherever it is started: its own lines are as discreet as the program's."""

from config import logs, web_log

logger_class = web_log.DiscreetLogger
access_log_format = web_log.ACCESS
logs.take_over_uncaught()
