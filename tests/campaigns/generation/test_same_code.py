"""Two chunks that draw the same code end with one of it and none too few."""

from dataclasses import replace
from itertools import islice

import pytest
from django.utils import timezone

from adapters import promo_codes
from backoffice import jobs
from backoffice.models import Job
from campaigns import drawing, rules
from tests.campaigns.generation.making import fresh, listed, raw, stored, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_code_of_this_chunk_is_told_from_others(start):
    batch = start(1)
    code = promo_codes.PromoCode(
        "AUTUMN1", batch.campaign.public_id, batch.public_id, 1, created_at=timezone.now(), chunk=1
    )
    theirs = replace(code, code="AUTUMN2", batch="another")
    earlier = replace(code, code="AUTUMN3", chunk=0)
    untold = replace(code, code="AUTUMN4", chunk=None)
    promo_codes.insert_codes([code, theirs, earlier, untold])

    names = ("AUTUMN1", "AUTUMN2", "AUTUMN3", "AUTUMN4", "AUTUMN5")
    made = [drawing.is_made_by(replace(code, code=name)) for name in names]

    assert made == [True, False, False, True, False]


class TestTheSameCodeDrawnTwice:
    """Once in 2.3 million batches of a million codes; here it is forced."""

    @pytest.fixture
    def loaded(self, monkeypatch):
        """Let places of the drawing, (chunk, place), yield the codes of other places."""
        draw = rules.draw_codes
        same: dict[tuple[int, int], tuple[int, int]] = {}

        def draw_loaded(prefix, seed, chunk):
            for place, code in enumerate(draw(prefix, seed, chunk)):
                other = same.get((chunk, place))
                yield at(prefix, seed, *other) if other else code

        def at(prefix, seed, chunk, place):
            return next(islice(draw(prefix, seed, chunk), place, None))

        monkeypatch.setattr(rules, "draw_codes", draw_loaded)
        return same

    # The same stride, the next stride, an earlier chunk, twice from one chunk, an earlier draw.
    DOUBLES = (
        {(0, 1): (0, 0)},
        {(0, 7): (0, 2)},
        {(1, 3): (0, 5)},
        {(1, 3): (0, 5), (2, 4): (0, 5), (2, 0): (0, 9)},
        {(0, 3): (0, 2), (0, 10): (0, 4), (1, 0): (0, 10)},
    )

    @pytest.mark.parametrize("doubles", DOUBLES)
    def test_as_many_different_codes_are_made_as_asked_for(self, start, run_tasks, loaded, doubles):
        loaded.update(doubles)
        batch = start(25)

        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch)) == len(set(listed(batch)))
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)
        assert fresh(batch.job).done == 25

    @pytest.mark.parametrize("doubles", DOUBLES)
    def test_every_chunk_delivered_twice_makes_the_same_codes(
        self, start, run_tasks, loaded, doubles
    ):
        loaded.update(doubles)
        batch = start(25)
        for chunk in range(3):
            work(batch)
            before = raw()
            Job.objects.update(next_chunk=chunk, done=chunk * 10)
            work(batch)
            assert raw() == before

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 25 == len(set(listed(batch))) == len(listed(batch))
