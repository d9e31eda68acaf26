"""Nobody learns from our pages whether an address has an account."""

import re

import pytest

from tenants.models import Member, SignUp, Tenant
from tests import people
from tests.customers import sign_up
from tests.tenants.registering.conftest import EMAIL

pytestmark = pytest.mark.django_db(transaction=True)


class TestNobodyLearnsWhoHasAnAccount:
    """Alice has an account; Nina has none."""

    ALICE = "alice@example.com"

    @pytest.fixture(autouse=True)
    def alice(self, make_tenant):
        return make_tenant(self.ALICE)

    def test_the_pages_are_the_same(self, client, register, type_code):
        pages = []
        for email in (self.ALICE, EMAIL):
            row = register(email=email)
            shown = client.get(f"/register/{row.pk}/").content.decode()
            wrong = type_code(row, "000000")
            SignUp.objects.update(code_sent_at=None)
            again = client.post(f"/register/{row.pk}/another-code/")
            followed = client.get(f"/signup/{row.pk}/")
            texts = [shown, wrong.content.decode()]
            pages.append(
                (
                    [plain(text, email, row) for text in texts],
                    wrong.status_code,
                    again.status_code,
                    followed.status_code,
                    followed.url.replace(str(row.pk), "ID"),
                )
            )

        assert pages[0] == pages[1]

    def test_a_mail_tells_the_owner_of_the_address(self, cloud, register, run_tasks):
        before = len(cloud.mails(self.ALICE))

        row = register(email=self.ALICE)
        run_tasks()

        assert row.state == SignUp.State.KNOWN
        assert "already" in cloud.mails(self.ALICE)[0]["subject"]
        assert len(cloud.mails(self.ALICE)) == before + 1

    def test_who_is_being_set_up_is_known_too_and_gets_in_all_the_same(
        self, client, register, make_code, run_tasks
    ):
        sign_up(email=EMAIL, code=make_code())

        assert register(email=EMAIL).state == SignUp.State.KNOWN

        run_tasks()
        people.choose_password(Member.objects.get(email=EMAIL))
        assert people.sign_in(client, EMAIL).status_code == 302

    def test_no_code_lets_anybody_into_the_account(self, register, type_code):
        row = register(email=self.ALICE)

        assert {type_code(row, f"{n:06d}").status_code for n in range(5)} == {422}
        assert Tenant.objects.count() == 1


def plain(page, email, row):
    """The page without what differs for everybody: tokens, ids, the address itself."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    page = re.sub(r'nonce="[^"]*"|data-waits="\d+"|in \d+ seconds?', "", page)
    name, _, domain = email.partition("@")
    page = re.sub(r"\S*@(example\.com|newcomer\.example)", "ADDRESS", page)
    return page.replace(str(row.pk), "ID")
