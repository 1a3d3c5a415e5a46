"""One machine with the project on it: both servers, and its real processes, each of which can be killed."""

import contextlib
import http.client
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import psutil
import redis
from django.utils import timezone
from rq import Worker
from rq.cron import CronScheduler
from rq.job import Job

from config.environment import ROOT
from config.servers import Postgres, Redis
from tests.faults.processes import Process, wait_for_end, wait_until

LONGEST_FREEZE_SECONDS = 5

# manage.py by a clock that begins at another time, once everything is loaded, and runs on from there.
MANAGE_AT = """
import datetime, runpy, sys, django, time_machine
django.setup()
import notifications.jobs, rq.cron
start, *sys.argv = sys.argv[1:]
time_machine.travel(datetime.datetime.fromisoformat(start)).start()
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Machine:
    """`variables` is the environment of its processes. Its Redis is empty at first."""

    def __init__(
        self, folder: Path, postgres: Postgres, redis_server: Redis, variables: dict[str, str]
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.redis_server = redis_server
        self.variables = {**variables, "EMAIL_URL": f"filemail:///{self.mail_folder}"}
        self.queue = redis.Redis.from_url(redis_server.url)
        self.queue.flushall()
        self.processes: list[Process] = []

    # -- processes ------------------------------------------------------------------------------------

    def start(self, *command: str, **variables: str) -> Process:
        """Starts python with `command`; it is ended after the test at the latest."""
        log = self.folder / f"process-{len(self.processes)}.log"
        process = Process(command, {**self.variables, **variables}, log)
        self.processes.append(process)
        return process

    def manage(self, *words: str) -> Process:
        return self.start(str(ROOT / "manage.py"), *words)

    def start_worker(self) -> Process:
        """A worker that is ready for jobs."""
        name = f"worker-{token_hex(4)}"
        worker = self.manage("rqworker", "default", "--name", name)
        key = f"{Worker.redis_worker_namespace_prefix}{name}"
        wait_until("the worker to be known", lambda: self.queue.exists(key))
        return worker

    def start_cron(self, *, seconds_before_the_minute: float = 1) -> Process:
        """The real cron, by a clock on which a minute is full in so many seconds."""
        minute = timezone.now().replace(second=0, microsecond=0)
        start = minute + timedelta(seconds=60 - seconds_before_the_minute)
        return self.start(
            "-c", MANAGE_AT, start.isoformat(), str(ROOT / "manage.py"), "rqcron", "config.cron"
        )

    def start_web(self) -> "Web":
        """The web as the demo starts it, when it answers."""
        web = Web(self, _free_port())
        wait_until("the web to answer", web.answers)
        return web

    def end(self) -> None:
        """Ends all processes and gives the servers back as they were found: running."""
        for process in reversed(self.processes):
            process.kill()
            sys.stdout.write(f"--- {process.log.name}\n{process.output[-5000:]}\n")
        self.queue.close()
        for server in (self.postgres, self.redis_server):
            if not server.running:
                server.start()

    # -- faults ---------------------------------------------------------------------------------------

    def stop_redis(self) -> None:
        """All that was in it is lost."""
        self.redis_server.stop()

    @contextlib.contextmanager
    def frozen_redis(self) -> Iterator[None]:
        """Inside the block Redis takes connections and says nothing, until LONGEST_FREEZE is over."""
        process = self.redis_server.process
        assert process is not None
        # So that whoever waits for it without a limit comes back, late enough to be noticed.
        thaw = threading.Timer(LONGEST_FREEZE_SECONDS, process.send_signal, [signal.SIGCONT])
        process.send_signal(signal.SIGSTOP)
        thaw.start()
        try:
            yield
        finally:
            thaw.cancel()
            thaw.join()
            process.send_signal(signal.SIGCONT)

    def crash_postgres(self, signum: signal.Signals) -> None:
        """Ends PostgreSQL without letting it tidy up: SIGQUIT, its immediate stop, or SIGKILL."""
        process = self.postgres.process
        assert process is not None
        backends = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signum)
        process.wait(30)
        wait_for_end(backends)

    # -- looking --------------------------------------------------------------------------------------

    def let_cron_strike(self) -> Job:
        """Queues the sweep as cron does when a minute is full: by the real table."""
        scheduler = CronScheduler(self.queue)
        scheduler.load_config_from_file("config.cron")
        [entry] = [each for each in scheduler.get_jobs() if each.func_name == "notifications.jobs.sweep"]
        return entry.enqueue(self.queue)

    def sweep_by_worker(self) -> None:
        """Lets a worker that runs do one sweep, and waits for its end."""
        job = self.let_cron_strike()
        wait_until("the sweep to end", lambda: job.get_status() in ("finished", "failed"))
        assert job.get_status() == "finished"

    @property
    def mail_folder(self) -> Path:
        return self.folder / "mail"

    def mails(self) -> list[str]:
        """The Message-IDs of all mails that were sent."""
        files = sorted(self.mail_folder.glob("*"))
        return [sid for file in files for sid in re.findall(r"(?m)^Message-ID: (\S+)", file.read_text())]


class Web:
    """gunicorn, as the demo runs it."""

    def __init__(self, machine: Machine, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        options = "--workers 2 --threads 4 --preload --no-control-socket --log-level warning"
        self.process = machine.start(
            *f"-m gunicorn config.wsgi --bind 127.0.0.1:{port} {options}".split(), BASE_URL=self.url
        )

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
