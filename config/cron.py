"""What runs at fixed times: the table for `manage.py rqcron config.cron`."""

from rq import cron

from notifications import jobs
from scheduling import jobs as planning_jobs

# The sweep finds whatever the doorbell missed. While no worker runs, a new one is queued every minute; each
# expires just before the next, so that a worker that comes back finds one sweep and not a night full of them.
cron.register(
    jobs.sweep,
    queue_name="default",
    cron="* * * * *",
    ttl=55,
    job_timeout=300,
    result_ttl=300,
    failure_ttl=24 * 3600,
)

# Once a night. It expires before the next, and goes on where it was if its time is not enough.
cron.register(
    jobs.purge,
    queue_name="default",
    cron="30 2 * * *",
    ttl=20 * 3600,
    job_timeout=2 * 3600,
    result_ttl=24 * 3600,
    failure_ttl=24 * 3600,
)

# Early in the morning, and again at noon in case the night's run was missed: a day is proposed once. What no
# worker took has expired before the next.
cron.register(
    planning_jobs.propose_ahead,
    queue_name="default",
    cron="17 3,11 * * *",
    ttl=7 * 3600,
    job_timeout=300,
    result_ttl=300,
    failure_ttl=24 * 3600,
)
