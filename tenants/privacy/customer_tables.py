"""What was decided of this room's tables: customers, their people, mails, newsletters, usage."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants import limits
from tenants.privacy.decisions import Clear, Fate, Table, decide
from tenants.privacy.mentions import mentions
from tenants.privacy.persons import Person, spelled

_OWN = "member"


def _of_member(person: Person) -> Q:
    return Q(member__in=person.members)


def _mails(person: Person) -> Q:
    return spelled("to", person.identity) | _of_member(person)


def declare() -> None:
    _declare_people()
    _declare_mail()
    _declare_newsletters()
    _declare_usage()
    _declare_drift()


def _declare_people() -> None:
    decide(
        Table(
            model="tenants.Tenant",
            account="pk",
            about=lambda person: Q(pk__in=person.tenants),
            personal={
                "company": Clear.COMPANY,
                "trouble": Clear.REWRITTEN,
                "suspension_reason": Clear.REWRITTEN,
            },
            plain="lease leased_until id state suspended_at created_at generation"
            " reconciled_generation reconciled_at attempts next_attempt_at turn_at turn_calls"
            " access_changes_at stuck",
            why_kept=_(
                "The customer's account; its company's name goes, too, if nobody else was ever"
                " in it and nothing was bought."
            ),
        ),
        # The company's name word by word, for searches: saving the customer renews them.
        Table(model="tenants.CompanyWord", account="tenant", plain="id tenant", hidden="word"),
        Table(
            model="tenants.Member",
            account="tenant",
            about=lambda person: Q(pk__in=person.members),
            personal={
                "email": Clear.PSEUDONYM,
                "identity": Clear.PSEUDONYM,
                "full_name": Clear.NAME,
                "user_id": Clear.EMPTY,
                "disabled_why": Clear.EMPTY,
            },
            # The domain follows the address by itself.
            plain="id tenant domain role marketing_opt_in_at terms_accepted_at password_set_at"
            " sign_out_wanted_at signed_out_at sessions_end_wanted_at sessions_ended_at"
            " app_removal_wanted_at app_removed_at disabled_at login_status login_enabled"
            " login_has_app login_seen_at created_at left_at login_gone_at",
            why_kept=_("When somebody accepted the terms, and in which role: the contract."),
        ),
        Table(
            model="tenants.Invitation",
            account="tenant",
            about=lambda person: spelled("email", person.identity),
            fate=Fate.DELETED,
            personal={"email": Clear.PSEUDONYM, "full_name": Clear.NAME},
            plain="id tenant role created_at",
        ),
        Table(
            model="tenants.Domain",
            account="tenant",
            is_shared=True,
            about=lambda person: Q(tenant__in=person.tenants) & mentions(person, "proof"),
            personal={"proof": Clear.REWRITTEN},
            plain="id lease leased_until tenant name rule way token look_at looked_at missing_since"
            " missing_told_at held_since released_at gone_at",
        ),
        Table(
            model="tenants.DomainClaim",
            account="tenant",
            is_shared=True,
            plain="id lease leased_until tenant name state asked_by asked_at expires_at ended_at"
            " token look_at looked_at pressed_at found mailbox link_ends_at",
            hidden="link_hash",
        ),
        Table(
            model="tenants.JoinRequest",
            account="tenant",
            about=lambda person: spelled("email", person.identity),
            fate=Fate.DELETED,
            personal={"email": Clear.PSEUDONYM, "full_name": Clear.NAME},
            plain="id tenant domain sign_up state asked_at expires_at answered_at",
        ),
        Table(
            model="tenants.Grant",
            account="tenant",
            is_shared=True,
            about=lambda person: Q(tenant__in=person.tenants) & mentions(person, "why"),
            personal={"why": Clear.REWRITTEN},
            plain="id tenant source tier campaign agreement starts_at ends_at ended_at created_at",
        ),
        Table(
            model="tenants.ApiKey",
            account="tenant",
            plain="id tenant state name key_id first4 last4 asked_by replaces overlap tried_at"
            " created_at shown_at retires_at expires_at end_told ended_as withdrawn_at",
            hidden="sha256",
        ),
        Table(model="tenants.KeyCensus", plain="id counted_at in_gateway"),
        Table(
            model="tenants.SignUp",
            account="tenant",
            about=lambda person: Q(pk__in=person.sign_ups),
            personal={
                "email": Clear.PSEUDONYM,
                "full_name": Clear.NAME,
                "company": Clear.COMPANY,
                "user_id": Clear.EMPTY,
            },
            plain="id form_key state code marketing_opt_in refusal code_held_until confirmed_at"
            " is_open code_sent_at utm_source utm_medium utm_campaign utm_term utm_content"
            " code_released_at tenant campaign created_at updated_at",
            why_kept=_("Sign-ups without name and address: they say which code was used."),
        ),
        Table(
            model="tenants.Promotion",
            account="tenant",
            about=_of_member,
            fate=Fate.KEPT,
            personal={_OWN: Clear.STAYS},
            plain="id tenant state code grant created_at updated_at",
        ),
        Table(
            model="tenants.SyncStep",
            account="tenant",
            about=lambda person: Q(tenant__in=person.tenants) & mentions(person, "what", "error"),
            personal={"what": Clear.REWRITTEN, "error": Clear.REWRITTEN},
            plain="id tenant generation system at",
        ),
        Table(
            model="tenants.ErasureRequest",
            account="member__tenant",
            about=_of_member,
            fate=Fate.DELETED,
            personal={_OWN: Clear.STAYS},
            plain="id asked_at",
        ),
        Table(
            model="tenants.SupportRequest",
            account="member__tenant",
            about=_of_member,
            fate=Fate.DELETED,
            personal={_OWN: Clear.STAYS},
            plain="id state times created_at asked_at answered_at closed_at",
        ),
        Table(
            model="tenants.LimitedVisitor",
            about=lambda person: Q(pseudonym=limits.visitor_called(person.identity).pseudonym),
            fate=Fate.DELETED,
            personal={"shown": Clear.EMPTY},
            hidden="pseudonym",
            plain="id what since until crossings released_at",
        ),
        Table(
            model="tenants.TierPlan",
            plain="id tier place plan_id rate burst quota period keys is_on_a_stage deployed_from"
            " is_off seen_at",
        ),
    )


def _declare_mail() -> None:
    decide(
        Table(
            model="tenants.Message",
            account="member__tenant",
            about=_mails,
            fate=Fate.DELETED,
            personal={
                "to": Clear.PSEUDONYM,
                "trouble": Clear.EMPTY,
                "fate_said": Clear.EMPTY,
                _OWN: Clear.STAYS,
            },
            plain="id lease leased_until kind state sign_up key invitation domain domain_claim"
            " join_request colleague"
            " campaign day alarm quota_alert agreement occasion attempts next_attempt_at"
            " created_at sent_at ses_message_id fate fate_reason fate_at",
        ),
        Table(
            model="tenants.OneTimeLink",
            account="member__tenant",
            about=_of_member,
            fate=Fate.DELETED,
            personal={_OWN: Clear.STAYS},
            hidden="token_hash",
            plain="id lease leased_until created_at expires_at used_at",
        ),
        Table(
            model="tenants.MailEvent",
            about=lambda person: spelled("recipient", person.identity),
            personal={"recipient": Clear.PSEUDONYM, "body": Clear.EMPTY, "said": Clear.EMPTY},
            plain="id digest state kind mail_id reason happened_at copies received_at",
        ),
        Table(
            model="tenants.SuppressedAddress",
            about=lambda person: spelled("address", person.identity),
            personal={"address": Clear.PSEUDONYM},
            plain="id why event since seen_at told_at released_at",
            why_kept=_(
                "That no mail may be sent to the address, as a keyed hash: it is still held back."
            ),
        ),
    )


def _declare_newsletters() -> None:
    decide(
        Table(
            model="tenants.NewsletterConnection",
            plain="id lease leased_until name kind audience tag confirms per_minute is_enabled"
            " without_campaign form_url filled_at next_call_at paused_until trouble audience_name"
            " tested_at attempts created_at",
            hidden="key_name",
        ),
        Table(
            model="tenants.NewsletterConnection_campaigns",
            plain="id newsletterconnection campaign",
        ),
        Table(
            model="tenants.NewsletterConsent",
            account="member__tenant",
            about=_of_member,
            fate=Fate.KEPT,
            personal={_OWN: Clear.STAYS},
            plain="id given_at source wording withdrawn_at withdrawn_by",
            why_kept=_("When somebody said yes and no to product news, and to which words: proof."),
        ),
        Table(
            model="tenants.NewsletterSubscription",
            account="member__tenant",
            about=_of_member,
            fate=Fate.DELETED,
            personal={_OWN: Clear.STAYS, "remote_id": Clear.EMPTY, "trouble": Clear.EMPTY},
            plain="id connection wanted state there tried_at attempts next_attempt_at created_at"
            " changed_at looked_at",
        ),
    )


def _declare_usage() -> None:
    decide(
        Table(
            model="tenants.UsageDay",
            account="tenant",
            plain="id tenant api_key_id day calls refused failed units gateway_calls by_tier"
            " difference is_off",
        ),
        Table(
            model="tenants.UsageHour",
            account="tenant",
            plain="id tenant api_key_id hour calls refused failed units",
        ),
        Table(
            model="tenants.UsageLook",
            account="tenant",
            plain="lease leased_until tenant wanted_at looked_at open_since last_call_on",
        ),
        Table(model="tenants.UsageRead", plain="id lease leased_until open_since read_at"),
        Table(
            model="tenants.QuotaAlert",
            account="tenant",
            plain="id tenant tier period_first period_last threshold api_key_id used limit"
            " raised_at",
        ),
    )


def _declare_drift() -> None:
    """A check finds again, within a day, what is still to be seen of these."""
    decide(
        Table(
            model="tenants.Difference",
            account="tenant",
            about=lambda person: mentions(person, "name", "what"),
            fate=Fate.DELETED,
            personal={"name": Clear.REWRITTEN, "what": Clear.REWRITTEN},
            plain="id kind thing tenant found_at seen_at kept_at removal_asked_at trouble",
        ),
        Table(
            model="tenants.SeenLogin",
            about=lambda person: spelled("email", person.identity),
            fate=Fate.DELETED,
            personal={"email": Clear.PSEUDONYM},
            plain="user_id tenant_id status enabled",
        ),
        Table(model="tenants.SeenKey", plain="key_id name enabled plan_ids"),
    )
