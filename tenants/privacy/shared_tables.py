"""What was decided of the tables below this room: Django's, staff's, jobs, campaigns."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.privacy.decisions import Clear, Fate, Table, decide
from tenants.privacy.mentions import mentions
from tenants.privacy.persons import Person


def _trail(person: Person) -> Q:
    texts = ("target_name", "reason", "before_text", "after_text")
    return Q(actor=None, actor_name__in=person.addresses) | mentions(person, *texts)


def _tries(person: Person) -> Q:
    """Somebody typed this address into the sign-in of staff."""
    return Q(username__in=person.addresses)


def declare() -> None:
    """Accounts of staff are no customers' data: an admin ends them on the pages of people."""
    decide(
        Table(
            model="admin.LogEntry",
            plain="id action_time user content_type object_id object_repr action_flag"
            " change_message",
        ),
        Table(model="auth.Permission", plain="id name content_type codename"),
        Table(model="auth.Group", plain="id name"),
        Table(model="auth.Group_permissions", plain="id group permission"),
        Table(
            model="auth.User",
            plain="id last_login is_superuser username first_name last_name email is_staff"
            " is_active date_joined",
            hidden="password",
        ),
        Table(model="auth.User_groups", plain="id user group"),
        Table(model="auth.User_user_permissions", plain="id user permission"),
        Table(model="contenttypes.ContentType", plain="id app_label model"),
        # A customer's session has the id of their row and two moments; it ends within 12 hours.
        Table(model="sessions.Session", plain="expire_date", hidden="session_key session_data"),
        *(
            Table(
                model=f"axes.{name}",
                about=_tries,
                fate=Fate.DELETED,
                personal=dict.fromkeys(("username", "ip_address", "user_agent"), Clear.EMPTY),
                plain=f"id http_accept path_info attempt_time {plain}",
                hidden=hidden,
            )
            for name, plain, hidden in (
                ("AccessAttempt", "failures_since_start", "get_data post_data"),
                ("AccessFailureLog", "locked_out", ""),
                ("AccessLog", "logout_time", "session_hash"),
            )
        ),
        Table(model="axes.AccessAttemptExpiration", plain="access_attempt expires_at"),
        Table(
            model="backoffice.Job",
            about=lambda person: mentions(person, "title", "error", "arguments_text"),
            json=("arguments",),
            personal=dict.fromkeys(("title", "error", "arguments"), Clear.REWRITTEN),
            plain="id lease leased_until kind state total done chunks next_chunk attempts"
            " result_file files_until asked_by created_at finished_at ticket",
        ),
        Table(
            model="backoffice.JobRow",
            about=lambda person: mentions(person, "words"),
            personal={"words": Clear.REWRITTEN},
            plain="id job number key state tries",
        ),
        Table(
            model="backoffice.AuditEvent",
            about=_trail,
            json=("before", "after"),
            personal=dict.fromkeys(
                ("actor_name", "target_name", "before", "after", "reason"), Clear.REWRITTEN
            ),
            plain="id at actor action target_type target_id request_id erased_at",
            why_kept=_("The audit trail: what was done stays, under a pseudonym."),
        ),
        Table(
            model="backoffice.SecondFactor",
            plain="id user set_up_at last_step wrong_codes locked_until",
            hidden="salt",
        ),
        Table(model="backoffice.RecoveryCode", plain="id factor used_at", hidden="digest"),
        Table(model="backoffice.StaffIdentity", plain="id user issuer subject made_at"),
        Table(model="campaigns.Outcome", plain="id day campaign batch step reason count"),
        Table(model="campaigns.OutcomeCopy", plain="id lease leased_until at"),
        Table(model="campaigns.UseCopy", plain="id lease leased_until"),
        Table(model="campaigns.CheckPulse", plain="id campaign at checks refused"),
        Table(
            model="campaigns.RefusalAlarm",
            plain="id campaign hour raised_at checks refused told_at",
        ),
        # `notify_addresses` are colleagues who get the campaign's notices.
        Table(
            model="campaigns.Campaign",
            plain="id public_id name slug tier state starts_at ends_at prefix access_days cap"
            " once_per_customer new_customers_only confirm_first allowed_domains refused_domains"
            " tags default_max_uses created_at generation gate_generation notify notify_addresses"
            " notified_until",
        ),
        Table(
            model="campaigns.Batch",
            plain="id public_id campaign label state origin prefix count made max_uses"
            " written_expires_at expires_at job created_at",
            hidden="seed",
        ),
        Table(
            model="campaigns.Redemption",
            about=lambda person: Q(redeemed_by__in=person.redeemed_by),
            fate=Fate.KEPT,
            personal={"redeemed_by": Clear.STAYS},
            plain="id campaign batch code redeemed_at released_at tier utm_source utm_medium"
            " utm_campaign provisioned_at first_call_at looked_at",
            why_kept=_(
                "Redemptions of codes, by ids alone: the campaign's totals stay as they are."
            ),
        ),
        Table(
            model="campaigns.CodeImport",
            plain="id public_id campaign uploaded_by file_name label max_uses state lines rejected"
            " first_rejected check_job batch files_until created_at",
        ),
    )
