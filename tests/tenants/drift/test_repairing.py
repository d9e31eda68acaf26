"""Mending drift: one, many or all, by a worker that looks once more."""

import pytest
from django.conf import settings

from adapters import domains, rights, usage_plans, user_pool
from adapters.errors import Refused, TryLater
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from tenants.drift import checking, findings, repairing
from tenants.models import ApiKey, Difference, Member
from tests.backoffice.doors import do, list_url, page_url, verb_url
from tests.tenants.drift.strays import make_strays

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Difference.Kind
OF_NOBODY = (Kind.LOGIN, Kind.KEY, Kind.PERMISSION, Kind.ACCESS, Kind.DOMAIN)


@pytest.fixture
def strays(make_tenant, look):
    """One of each kind of nobody's things, found by a check."""
    make_tenant("alice@example.com")
    make_strays()
    found = look()
    return {kind: found[kind] for kind in OF_NOBODY}


def is_there(row):
    match row.kind:
        case Kind.LOGIN:
            return user_pool.find_user(settings.USER_POOL_ID, row.name) is not None
        case Kind.KEY:
            return usage_plans.read_key(row.thing) is not None
        case Kind.PERMISSION:
            return rights.read_permission(row.thing) is not None
        case Kind.DOMAIN:
            return domains.read_domain(row.thing) is not None
    return rights.read_access(row.thing) is not None


@pytest.mark.parametrize("kind", OF_NOBODY)
def test_a_thing_of_nobody_is_removed(strays, run_tasks, kind):
    row = strays.pop(kind)

    repairing.repair(row, SYSTEM)
    run_tasks()

    assert not is_there(row)
    assert not Difference.objects.filter(pk=row.pk).exists()
    assert all(is_there(other) for other in strays.values())
    assert AuditEvent.objects.get(action="repair drift").target_name == str(row)


def test_a_customer_who_differs_is_reconciled(make_tenant, look, run_tasks):
    tenant = make_tenant()
    key = tenant.keys.get(state=ApiKey.State.LIVE)
    usage_plans.switch_key(key.key_id, enabled=False)
    row = look()[Kind.CUSTOMER]

    repairing.repair(row, SYSTEM)
    run_tasks()

    assert usage_plans.read_key(key.key_id).enabled
    assert not findings.open_differences().exists()
    assert look() == {}


def test_all_are_repaired_by_a_job(strays, make_tenant, look, run_tasks, monkeypatch):
    monkeypatch.setattr(repairing, "AT_ONCE", 2)

    job = repairing.repair_all(SYSTEM)
    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, 5)
    assert not any(is_there(row) for row in strays.values())
    assert look() == {}


def test_repairing_all_leaves_what_is_kept(strays, run_tasks):
    repairing.keep(strays[Kind.LOGIN], SYSTEM)

    repairing.repair_all(SYSTEM)
    run_tasks()

    assert is_there(strays[Kind.LOGIN])
    assert not is_there(strays[Kind.KEY])


def test_what_is_kept_counts_no_more_and_stays_kept(strays, look):
    repairing.keep(strays[Kind.KEY], SYSTEM)

    look()

    kept = Difference.objects.get(kind=Kind.KEY)
    assert kept.kept_at
    assert kept not in findings.open_differences()
    with pytest.raises(VerbRefused):
        repairing.repair(kept, SYSTEM)

    repairing.list_again(kept, SYSTEM)

    assert kept in findings.open_differences()


def test_a_login_that_became_somebodys_meanwhile_stays(strays, make_tenant, run_tasks):
    row = strays[Kind.LOGIN]
    repairing.repair(row, SYSTEM)
    tenant = Member.objects.get().tenant
    Member.objects.create(tenant=tenant, email=row.name, identity=row.name, full_name="New")

    run_tasks()

    assert is_there(row)
    assert not Difference.objects.filter(pk=row.pk).exists()


def test_a_key_that_became_somebodys_meanwhile_stays(strays, run_tasks):
    row = strays[Kind.KEY]
    repairing.repair(row, SYSTEM)
    ApiKey.objects.update(key_id=row.thing)

    run_tasks()

    assert is_there(row)


def test_two_workers_at_once_remove_it_once(strays):
    row = strays[Kind.LOGIN]
    repairing.repair(row, SYSTEM)
    row.refresh_from_db()

    repairing.remove(row)
    repairing.remove(row)

    assert not is_there(row)


def test_a_lost_message_is_made_good_by_the_sweep(strays, cloud, run_tasks):
    row = strays[Kind.PERMISSION]
    Difference.objects.filter(pk=row.pk).update(removal_asked_at=row.seen_at)

    assert repairing.queue_removals() == 1
    run_tasks()

    assert not is_there(row)


@pytest.mark.parametrize(("error", "goes_on"), [(TryLater, True), (Refused, False)])
def test_trouble_is_told_and_only_what_may_pass_is_tried_again(
    strays, monkeypatch, run_tasks, error, goes_on
):
    row = strays[Kind.ACCESS]

    def fail(_thing):
        raise error("dynamodb DeleteItem: no")

    monkeypatch.setitem(repairing._MENDERS, Kind.ACCESS, fail)
    repairing.repair(row, SYSTEM)
    run_tasks()

    row.refresh_from_db()
    assert row.trouble == "dynamodb DeleteItem: no"
    assert bool(row.removal_asked_at) is goes_on


class TestForStaff:
    def test_the_list_names_each_with_its_state(self, strays, staff):
        page = staff("support").get(list_url(Difference)).content.decode()

        for words in ("stranger@example.com", "Login of nobody", "API key of nobody", "Differs"):
            assert words in page
        assert "Repair all" not in page
        assert "Check now" in page

    def test_the_page_of_one_says_what_is_known(self, strays, staff):
        page = staff("auditor").get(page_url(strays[Kind.LOGIN])).content.decode()

        assert "may sign in" in page
        assert "names a customer whom we do not have" in page

    def test_operations_repair_one(self, strays, staff, run_tasks):
        do(staff("operations"), "repair", strays[Kind.LOGIN])
        run_tasks()

        assert not is_there(strays[Kind.LOGIN])

    def test_operations_repair_all_after_a_confirmation(self, strays, staff, run_tasks):
        client = staff("operations")
        url = list_url(Difference) + "repair-all/"
        page = client.get(url).content.decode()
        assert "5 differences" in page

        answer = client.post(url, {"confirmed": "yes", "reason": "After the exercise"})
        run_tasks()

        assert answer["Location"] == page_url(Job.objects.get(kind=repairing.KIND))
        assert not any(is_there(row) for row in strays.values())

    @pytest.mark.parametrize("role", ["support", "auditor"])
    def test_others_repair_nothing(self, strays, staff, role):
        client = staff(role)

        assert client.post(list_url(Difference) + "repair-all/").status_code == 403
        assert client.post(verb_url(strays[Kind.LOGIN], "repair")).status_code == 403

    def test_a_check_is_started_and_watched(self, make_tenant, staff, run_tasks):
        make_tenant()
        client = staff("support")
        assert "not compared with the rows yet" in client.get(list_url(Difference)).content.decode()

        client.post(list_url(Difference) + "check/")
        assert "0 of 1 customers" in client.get(list_url(Difference) + "check/").content.decode()
        run_tasks()

        assert "As of" in client.get(list_url(Difference)).content.decode()
        assert AuditEvent.objects.get(action="start look-for-drift").actor_name == "staff"

    def test_auditors_only_look(self, staff):
        client = staff("auditor")

        assert client.post(list_url(Difference) + "check/").status_code == 403
        assert "Check now" not in client.get(list_url(Difference)).content.decode()

    def test_the_dashboard_has_the_number(self, strays, staff):
        page = staff("operations").get("/admin/").content.decode()

        assert "AWS differs from the rows" in page
        assert checking.checks().get()
