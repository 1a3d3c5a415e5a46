"""The worker that RQ runs: as RQ's own, but what it notes of a failed job quotes nothing."""

from typing import Any

from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job

from config.logs import discreet, said


class JobFailed(Exception):
    """Stands for a job's exception where RQ writes it down, in Redis and in the log: its type, no text."""


class DiscreetWorker(Worker):
    def _finalize_failure(self, job: Job, queue: Queue, execution: Execution, exc_info: Any) -> None:
        error = exc_info[1]
        instead = JobFailed(discreet(said(error)) if error else "")
        super()._finalize_failure(job, queue, execution, (JobFailed, instead, exc_info[2]))
