"""What a buyer types."""

from tenants.forms import AccountForm


class RegistrationForm(AccountForm):
    """The sign-up form without a code: the subscription stands in its place."""
