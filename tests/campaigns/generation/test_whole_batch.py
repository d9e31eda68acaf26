"""Making codes: as many as asked for, once each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import gates, promo_codes
from backoffice.models import AuditEvent
from campaigns import generation, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.models import Batch
from tests.campaigns.generation.making import files, fresh, listed, stored, work
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)


class TestAWholeBatch:
    @pytest.mark.parametrize("count", [1, 9, 10, 11, 25])
    def test_exactly_as_many_codes_are_made_as_asked_for(self, start, run_tasks, count):
        batch = start(count)

        run_tasks()

        assert len(stored(batch)) == count
        assert fresh(batch).state == Batch.State.READY

    def test_the_file_has_the_codes_that_are_in_dynamodb_one_a_line(self, start, run_tasks):
        batch = start()

        run_tasks()

        assert len(listed(batch)) == 25
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)

    def test_every_code_is_shown_with_its_prefix_and_spelled_well(
        self, start, make_campaign, run_tasks
    ):
        batch = start(campaign=make_campaign(prefix="Oil"))

        run_tasks()

        assert all(line.startswith("OIL-") for line in listed(batch))
        assert all(rules.is_spelled_well(code, frozenset({"011"})) for code in stored(batch))
        assert gates.read_prefixes() == {"011"}

    def test_a_campaign_without_prefix_has_codes_without_one(self, start, make_campaign, run_tasks):
        batch = start(campaign=make_campaign(prefix=""))

        run_tasks()

        assert {len(code) for code in stored(batch)} == {rules.GENERATED_LENGTH}
        assert gates.read_prefixes() == frozenset()

    def test_codes_carry_the_limits_of_their_batch(self, start, run_tasks):
        end = timezone.now().replace(microsecond=0) + timedelta(days=3)
        batch = start(1, max_uses=7, expires_at=end)

        run_tasks()

        code = promo_codes.read_code(*stored(batch), consistent=True)
        assert (code.max_uses, code.uses, code.expires_at) == (7, 0, end)
        assert (code.batch, code.campaign) == (batch.public_id, batch.campaign.public_id)

    def test_every_listed_code_can_be_redeemed(self, start, run_tasks):
        batch = start(3)

        run_tasks()

        for number, line in enumerate(listed(batch)):
            assert redemptions.redeem_code(
                line,
                redeemed_by=str(number),
                customer=Customer("alice@example.com"),
                now=timezone.now(),
            )

    def test_two_batches_of_a_campaign_share_no_code(self, start, make_campaign, run_tasks):
        campaign = make_campaign()
        batches = [start(campaign=campaign), start(campaign=campaign)]

        run_tasks()

        assert not stored(batches[0]) & stored(batches[1])

    def test_the_seed_is_deleted_when_the_batch_is_complete(self, start, run_tasks):
        batch = start()
        assert len(bytes.fromhex(batch.seed)) == 32

        run_tasks()

        assert fresh(batch).seed == ""

    def test_the_seed_is_in_no_message_and_not_in_the_job(self, start):
        batch = start()

        messages = waiting_tasks()

        assert batch.seed not in str(messages)
        assert batch.seed not in str(vars(fresh(batch).job))

    def test_nothing_but_the_file_is_left(self, start, run_tasks):
        start()

        run_tasks()

        assert files() == ["codes.csv"]

    def test_the_job_says_how_far_it_is(self, start):
        batch = start()
        seen = []
        for _ in range(4):
            work(batch)
            job = fresh(batch.job)
            seen.append((job.state, job.done, job.percent))

        assert seen == [
            ("running", 10, 40),
            ("running", 20, 80),
            ("running", 25, 100),
            ("done", 25, 100),
        ]

    def test_the_job_leads_to_its_file(self, start, run_tasks):
        batch = start()

        run_tasks()

        assert fresh(batch.job).result_file == generation.export_file(batch)
        assert fresh(batch.job).finished_at is not None

    def test_starting_a_batch_is_in_the_audit_trail(self, start):
        batch = start()

        event = AuditEvent.objects.get(action="start generate-codes")
        assert (event.target_id, event.after) == (str(batch.job_id), {"total": 25})

    def test_starting_a_batch_makes_no_code_by_itself(self, start):
        start()

        assert stored() == set()
