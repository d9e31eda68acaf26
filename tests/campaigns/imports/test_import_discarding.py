"""An import that nobody wants is discarded, and its files go."""

import pytest
from django.utils import timezone

from backoffice import job_files, jobs
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from campaigns import (
    imports,
)
from campaigns.models import CodeImport
from tests.campaigns.imports.importing import left_files, many

pytestmark = pytest.mark.django_db(transaction=True)


class TestDiscarding:
    def test_what_is_discarded_is_deleted_by_the_next_sweep(self, check):
        row = check(many(3) + "!\n")

        imports.discard(row, Act(None, "wrong file"))
        assert (imports.delete_old_files(), job_files.delete_old()) == (1, 1)

        row.refresh_from_db()
        assert (row.state, row.first_rejected, row.files_until) == ("discarded", [], None)
        assert left_files() == []
        assert AuditEvent.objects.get(action="discard import").reason == "wrong file"

    def test_what_nobody_decides_on_is_discarded_after_a_week(self, check):
        row = check(many(3))
        assert imports.delete_old_files() == 0
        CodeImport.objects.update(files_until=timezone.now())

        for _sweep in range(2):
            imports.delete_old_files()
            job_files.delete_old()

        row.refresh_from_db()
        assert row.state == "discarded"
        assert left_files() == []

    def test_a_running_check_is_not_discarded_and_a_cancelled_one_is(self, check, run_tasks):
        row = check(many(3), until_done=False)
        with pytest.raises(VerbRefused):
            imports.discard(row, SYSTEM)

        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)
        imports.delete_old_files()
        job_files.delete_old()

        assert left_files() == []

    def test_a_check_that_is_resumed_after_that_says_so(self, check, run_tasks):
        row = check(many(3), until_done=False)
        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)

        jobs.resume(row.check_job, SYSTEM)
        run_tasks()

        row.check_job.refresh_from_db()
        assert (row.check_job.state, row.check_job.error) == ("failed", "The import was discarded.")

    def test_a_worker_in_the_middle_of_a_piece_is_let_finish(self, check):
        row = check(many(3), until_done=False)
        worker = Job.objects.get(pk=row.check_job_id)
        assert worker.claim()
        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)

        assert imports.delete_old_files() == 0
        worker.give_back()
        assert imports.delete_old_files() == 1

    def test_what_is_being_imported_is_not_discarded(self, check):
        row = check(many(3))
        imports.import_codes(row, SYSTEM)

        with pytest.raises(VerbRefused):
            imports.discard(row, SYSTEM)
        assert imports.delete_old_files() == 0
