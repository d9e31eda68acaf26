"""Where staff see how a job is getting on."""

from collections.abc import Sequence

from django.urls import reverse

from backoffice.models import Job


def page_of(jobs: Sequence[Job | None]) -> str:
    """Return the page of a lone job, else the list of all."""
    if len(jobs) == 1 and jobs[0]:
        return reverse("admin:backoffice_job_change", args=(jobs[0].pk,))
    return reverse("admin:backoffice_job_changelist")
