"""The clock: asks for each job at its interval. The only importer of APScheduler; it remembers nothing."""

import threading
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from carriers.base import ListingFailed
from deployment import Deployment
from scheduler.full_pool import fill
from scheduler.jobs import JOBS, Job
from scheduler.set_back import SetBack

log = structlog.get_logger(__name__)


class Clock:
    """Asks for each job at its interval. In memory, in UTC, one run of a job at a time."""

    def __init__(self, here: Deployment, jobs: tuple[Job, ...] = JOBS) -> None:
        self._here = here
        self._running = _Running()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": FullPool(len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            every = (job.every or here.settings.tick).total_seconds()
            self._scheduler.add_job(self._run, "interval", args=[job], seconds=every, id=job.name)
        self._set_back = SetBack(self._ask_for_all, every=here.settings.tick)

    def start(self) -> None:
        """Start asking."""
        self._scheduler.start()
        self._set_back.start()

    def stop(self) -> None:
        """Ask for nothing more; what runs goes on."""
        self._set_back.stop()
        self._scheduler.shutdown(wait=False)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the jobs that run. False = one did not end in time."""
        return self._running.wait_for_none(seconds)

    def _ask_for_all(self) -> None:
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)

    def _run(self, job: Job) -> None:
        with self._running:
            run_job(job, self._here)


def run_job(job: Job, here: Deployment) -> None:
    """One run of one job. Nothing it raises may stop the clock."""
    try:
        job.act(here)
    except ListingFailed:
        log.warning("the carrier could not be asked", job=job.name)
    except Exception:
        log.exception("job failed", job=job.name)


class FullPool(ThreadPoolExecutor):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's pool, filled when the scheduler starts."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._threads = threads

    def start(self, scheduler: BaseScheduler, alias: str) -> None:
        """With the scheduler."""
        super().start(scheduler, alias)
        fill(self._pool, self._threads)


class _Running:
    """How many jobs run now."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def wait_for_none(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_exception: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()
