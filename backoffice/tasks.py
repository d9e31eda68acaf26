"""Celery's door to the jobs."""

from celery import shared_task

from backoffice import jobs
from backoffice.models import Job


@shared_task
def run_job_chunk(job_id: int) -> None:
    jobs.run_chunk(Job.objects.get(pk=job_id))
