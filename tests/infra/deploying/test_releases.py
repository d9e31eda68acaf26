"""What ran before can be found again, whatever became of what came after."""

import pytest

from infra.deploying import releases
from infra.deploying.stopping import Stopped


def test_a_rollback_goes_to_the_release_before(stage, make_release):
    first, second = make_release("one"), make_release("two")

    running, earlier = releases.before(stage)

    assert (running.id, earlier.id) == (second.id, first.id)
    assert earlier.portal == first.portal


def test_a_release_that_failed_half_way_goes_back_to_the_one_that_worked(stage, make_release):
    worked = make_release("one")
    broken = make_release("two", finished=False)

    running, earlier = releases.before(stage)

    assert (running.id, earlier.id) == (broken.id, worked.id)


def test_the_same_release_again_does_not_become_its_own_predecessor(stage, make_release):
    first = make_release("one")
    make_release("two")
    make_release("two")

    assert releases.before(stage)[1].id == first.id


def test_after_a_rollback_one_can_go_back_further(stage, make_release):
    first, second = make_release("one"), make_release("two")
    make_release("three")

    releases.resume(stage, releases.before(stage)[1])
    running, earlier = releases.before(stage)

    assert (running.id, earlier.id) == (second.id, first.id)


def test_the_first_release_has_none_before(stage, make_release):
    make_release("one")

    with pytest.raises(Stopped, match="first release"):
        releases.before(stage)


def test_a_stage_that_never_worked_has_nothing_to_go_back_to(stage, make_release):
    make_release("one", finished=False)

    with pytest.raises(Stopped, match="ever passed"):
        releases.before(stage)


def test_the_packages_of_a_release_stay_as_they_were(stage, make_release, tmp_path):
    first = make_release("one")
    make_release("two")

    kept = releases.fetch_template(stage, first, tmp_path / "kept.yaml")

    assert kept.read_text() == "one"


def test_a_build_of_another_commit_is_not_deployed(stage, make_release):
    release = make_release("one")

    assert releases.noted(stage, "c0ffee") == release
    with pytest.raises(Stopped, match="no package of this checkout"):
        releases.noted(stage, "decaf")
    releases.PORTAL_ZIP.write_text("rebuilt since")
    with pytest.raises(Stopped, match="no package of this checkout"):
        releases.noted(stage, "c0ffee")


def test_a_bucket_is_made_once_private_and_emptied_with_all_its_versions(stage, make_release):
    make_release("one")
    make_release("two")
    releases.make_bucket(stage)
    assert releases.has_bucket(stage)

    releases.empty_bucket(stage)

    assert not releases.has_bucket(stage)
    assert releases.now(stage) is None
