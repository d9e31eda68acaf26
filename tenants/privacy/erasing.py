"""Erasing a person from every store: a job, of which each step may be repeated.

What the person may still do ends with the request. The job then follows through the stores, and
looks nothing up that an earlier step has taken away: it was given all the person is called.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from adapters import personal_items, rights, suppression_list, user_pool
from adapters.errors import TryLater
from backoffice import audit, audit_erasure, job_files, jobs
from backoffice.audit import SYSTEM, Act, Thing
from backoffice.jobs import Work
from backoffice.models import Job
from campaigns.eligibility import Customer
from tenants import reconcile
from tenants.errors import NotPossible
from tenants.models import Member, NewsletterSubscription, Tenant
from tenants.newsletters.lines import Pace, line_of
from tenants.privacy import contents, erased_rows, exporting, leaving, mentions
from tenants.privacy.erased_rows import Erasure
from tenants.privacy.persons import Person, is_known, person_of
from tenants.privacy.pseudonyms import is_erased, stand_in

KIND = "erase-person"
_THING = "person"


def register() -> None:
    jobs.register(KIND, Work(chunk=_take_step, finish=_finish))


@transaction.atomic
def erase_person(email: str, act: Act) -> Job:
    """Have the person leave now, and start the job that erases them everywhere.

    Raises NotPossible if nothing is kept about them, if a job is at it, or for the last owner of an
    account in which others are.
    """
    person = person_of(email)
    if is_erased(person.identity) or not is_known(person):
        raise NotPossible(_("Nothing is kept about anybody with this address."))
    if unfinished_for(person.identity):
        raise NotPossible(_("This person is being erased already. Look at the jobs."))
    leaving.leave(person, act)
    name = stand_in(person.identity)
    audit.record_outside(act, "erase person", Thing(_THING, name, name))
    return jobs.start_job(
        KIND,
        title=_("Erasing a person"),
        total=len(STEPS),
        chunks=len(STEPS),
        act=act,
        person=person.as_arguments(),
        by_hand=[],
    )


def unfinished_for(identity: str) -> Job | None:
    """Return the job that erases this person, as long as it is not done."""
    jobs_of = Job.objects.filter(kind=KIND, arguments__person__identity=identity)
    return jobs_of.exclude(state__in=(Job.State.DONE, Job.State.ABANDONED)).first()


def _take_step(job: Job, index: int) -> int:
    STEPS[index](job, Person.from_arguments(job.arguments["person"]))
    return 1


def _end_logins(job: Job, person: Person) -> None:
    """The reconciler deletes the login of whoever left; only what no row knows of is left to us."""
    left = Member.objects.filter(pk__in=person.members, login_gone_at=None)
    for tenant in Tenant.objects.filter(members__in=left).distinct():
        job.renew()
        reconcile.reconcile(tenant)
    if left.exists():
        raise TryLater(_("The sign-in is not deleted yet: the reconciler is at it."))
    for address in person.addresses:
        job.renew()
        user = user_pool.find_user(settings.USER_POOL_ID, address)
        if user and not Member.objects.filter(email=address, left_at=None).exists():
            rights.delete_permission(user.user_id)
            user_pool.delete_user(settings.USER_POOL_ID, user.user_id)
    for user_id in person.user_ids:
        if not Member.objects.filter(user_id=user_id, left_at=None).exists():
            rights.delete_permission(user_id)


def _leave_newsletters(job: Job, person: Person) -> None:
    """Wherever a platform may know the address. What it cannot delete is noted, for a person."""
    rows = NewsletterSubscription.objects.filter(member__in=person.members)
    for row in rows.exclude(tried_at=None).select_related("connection", "member"):
        job.renew()
        if not _erase_at_platform(row):
            _note_by_hand(job, str(row.connection))
        row.delete()


def _erase_at_platform(row: NewsletterSubscription) -> bool:
    """One worker at a time speaks to a platform: none may subscribe the person meanwhile."""
    connection = row.connection
    if not connection.claim():
        raise TryLater(_("A worker is busy with the newsletter."))
    pace = Pace(connection, connection.renew)
    try:
        return line_of(connection, pace.take_turn).erase(row.member.email)
    finally:
        connection.give_back(next_call_at=pace.next_at)


def _note_by_hand(job: Job, name: str) -> None:
    by_hand = sorted({*job.arguments["by_hand"], name})
    job.arguments = {**job.arguments, "by_hand": by_hand}
    Job.objects.filter(pk=job.pk, lease=job.lease).update(arguments=job.arguments)


def _clear_items(job: Job, person: Person) -> None:
    """Uses of codes stay, by ids; what recognises the person by a hash goes."""
    for identity_hash in Customer(person.identity).identities:
        for code, taken_by in sorted(contents.codes_of(person.redeemed_by)):
            job.renew()
            personal_items.erase_from_use(code, identity_hash, taken_by=taken_by)
        personal_items.erase_marks(identity_hash)


def _delete_files(job: Job, person: Person) -> None:
    """Exports that have the person in them, and SES's own list: ours goes on holding mail back."""
    mentioned = mentions.mentions(person, "text")
    of_customer = Q(arguments__tenant__in=person.tenants)
    exports = Job.objects.filter(kind=exporting.KIND).alias(text=Cast("arguments", TextField()))
    for each in exports.filter(mentioned | of_customer):
        parts = [job_files.part(each, index) for index in range(each.chunks)]
        Job.objects.filter(pk=each.pk).exclude(state=Job.State.DONE).update(
            state=Job.State.ABANDONED
        )
        job_files.delete(job, [*parts, *filter(None, [each.result_file])])
        Job.objects.filter(pk=each.pk).update(result_file="", files_until=None)
    for address in person.addresses:
        job.renew()
        suppression_list.take_off(address)


def _clear_rows(job: Job, person: Person) -> None:
    companies = {tenant.company for tenant in erased_rows.companies_to_forget(person)}
    if companies and "companies" not in job.arguments:
        job.arguments = {**job.arguments, "companies": sorted(companies)}
        Job.objects.filter(pk=job.pk, lease=job.lease).update(arguments=job.arguments)
    erased_rows.clear(Erasure(person, job.pk), job.renew)


def _clear_trail(job: Job, person: Person) -> None:
    names = [name for name in person.names if mentions.is_telling(name)]
    spellings = [*person.addresses, *names, *person.user_ids, *job.arguments.get("companies", [])]
    audit_erasure.pseudonymise(spellings, subject=person.identity)


def _finish(job: Job) -> None:
    """Forget who it was, with the line that says that it is done: both or neither."""
    if "person" not in job.arguments:
        return
    name = stand_in(job.arguments["person"]["identity"])
    by_hand = job.arguments["by_hand"]
    with transaction.atomic():
        audit.record_outside(
            SYSTEM, "person erased", Thing(_THING, name, name), after={"left by hand": by_hand}
        )
        Job.objects.filter(pk=job.pk).update(arguments={"erased": name, "by_hand": by_hand})


STEPS: tuple[Callable[[Job, Person], None], ...] = (
    _end_logins,
    _leave_newsletters,
    _clear_items,
    _delete_files,
    _clear_rows,
    _clear_trail,
)
