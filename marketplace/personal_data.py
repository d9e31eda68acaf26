"""What was decided of this room's tables, as tenants/privacy/decisions.py wants to know."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.privacy.decisions import Clear, Fate, Table, decide


def declare() -> None:
    decide(
        Table(
            model="marketplace.Agreement",
            account="tenant",
            plain="id agreement_id customer_identifier product_code product_id license_id"
            " license_arn account_id offer_id previous_agreement_id source intent"
            " initial_agreement_id state ended_as accepted_at starts_at ends_at trial_ends_at"
            " auto_renews ended_at advisory_since advisory_decided_at seen_at tier entitled_at"
            " looked_at look_due_at trouble tenant created_at updated_at",
            why_kept=_("Agreements on AWS Marketplace: by AWS account, without a person."),
        ),
        Table(
            model="marketplace.Entitlement",
            account="agreement__tenant",
            plain="id agreement dimension value expires_at",
        ),
        Table(
            model="marketplace.Registration",
            account="agreement__tenant",
            about=lambda person: Q(sign_up__in=person.sign_ups) | Q(attached_by__in=person.members),
            fate=Fate.KEPT,
            personal={"attached_by": Clear.STAYS, "sign_up": Clear.STAYS},
            plain="id agreement state is_free_trial created_at finished_at",
        ),
        Table(
            model="marketplace.MeteredHour",
            account="agreement__tenant",
            plain="id agreement dimension hour billed_to counted used quantity uncollected state"
            " record allocations closed_at deadline_at next_attempt_at attempts record_id"
            " settled_at trouble alarmed_at seen_at",
            why_kept=_("The billing ledger: what was used and billed, without a person."),
        ),
        Table(
            model="marketplace.Notice",
            account="agreement__tenant",
            plain="id channel message_id body state kind occurred_at agreement copies received_at"
            " trouble",
        ),
        Table(
            model="marketplace.Meter",
            plain="id agreement next_hour carried reread_from end_told_at due_at",
        ),
        Table(
            model="marketplace.MeterCall",
            plain="id product_code request answer error sent_at answered_at",
        ),
        Table(model="marketplace.MeterAttempt", plain="id hour call verdict"),
        Table(
            model="marketplace.Metering",
            plain="id lease leased_until paused_until trouble",
        ),
        Table(
            model="marketplace.AgreementSearch",
            plain="id product_code due_at search_from searched_at found trouble",
        ),
    )
