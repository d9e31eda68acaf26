"""Two workers never do one chunk of a batch at once."""

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from adapters import promo_codes
from backoffice.models import Job
from tests.campaigns.generation.making import LEASE_OVER, fresh, listed, work

pytestmark = pytest.mark.django_db(transaction=True)


class TestLeases:
    def test_the_lease_is_renewed_before_every_stride(self, start, monkeypatch):
        """A chunk may last longer than a lease; a stride may not."""
        batch = start(10)
        log = []
        renew, insert = Job.renew, promo_codes.insert_codes
        monkeypatch.setattr(Job, "renew", lambda job: log.append("renew") or renew(job))
        monkeypatch.setattr(
            promo_codes, "insert_codes", lambda codes: log.append(len(codes)) or insert(codes)
        )

        work(batch)

        assert log == ["renew", 4, "renew", 4, "renew", 2, "renew"]

    def test_a_finish_that_outlasts_its_lease_leaves_the_rest_to_the_next(self, start, monkeypatch):
        batch = start()
        work(batch, 3)
        opened = FileSystemStorage.open
        taken = []

        def open_slowly(storage, name, mode="rb"):
            lines = opened(storage, name, mode)
            if not taken:
                taken.append(name)
                Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
                work(batch)
            return lines

        monkeypatch.setattr(FileSystemStorage, "open", open_slowly)

        work(batch)

        assert fresh(batch.job).state == Job.State.DONE
        assert len(listed(batch)) == 25
