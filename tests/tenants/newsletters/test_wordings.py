"""What people said yes to is kept: a sentence that somebody read is never changed."""

import hashlib

from tenants.forms import SignUpForm
from tenants.newsletters.wordings import ACCOUNT, SIGN_UP, WORDINGS

READ_BY_PEOPLE = {"sign-up-1": "ba6e7dc30d9a", "account-1": "920abb1b74ba"}


def test_a_wording_that_people_read_is_never_changed():
    digests = {
        name: hashlib.sha256(str(text).encode()).hexdigest()[:12] for name, text in WORDINGS.items()
    }

    assert digests == READ_BY_PEOPLE, "write a new wording under a new name instead"


def test_the_sign_up_form_shows_the_wording_that_is_recorded():
    assert SignUpForm.base_fields["marketing_opt_in"].label == WORDINGS[SIGN_UP]


def test_the_account_page_shows_the_wording_that_is_recorded(as_member):
    page = as_member().get("/account/settings/").content.decode()

    assert str(WORDINGS[ACCOUNT]) in page
