"""Importing codes through the pages of the backoffice."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from backoffice.verbs import VerbRefused
from campaigns import (
    import_forms,
    imports,
    redemptions,
)
from campaigns.models import Campaign, CodeImport
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url
from tests.campaigns.imports.importing import ALICE, form, many, upload_url

pytestmark = pytest.mark.django_db(transaction=True)


class TestThePages:
    def test_from_the_file_to_redeemable_codes(self, staff, make_campaign, run_tasks):
        campaign, client = make_campaign(), staff("marketing")
        assert upload_url(campaign) in client.get(page_url(campaign)).content.decode()

        answer = client.post(upload_url(campaign), form("\ufeffcode\nVANITY26\nAB\n"), follow=True)
        run_tasks()
        row = CodeImport.objects.get()
        assert "The file is being checked. No code is written yet." in answer.content.decode()
        assert answer.redirect_chain[-1][0] == page_url(row.check_job)
        checked = client.get(page_url(row.check_job)).content.decode()
        assert page_url(row) in checked
        assert "Every line is checked, and no code is written. See what was found." in checked
        assert "Everything is done." not in checked

        page = client.get(page_url(row)).content.decode()
        assert "1 valid, 1 rejected, of 2 lines" in page
        assert "Import the 1 valid code<" in page
        assert "AB</td>" in page

        page = do(client, "import", row)
        run_tasks()
        assert "1 import has begun." in page
        assert redemptions.redeem_code(
            "Vanity-26", redeemed_by="a", customer=ALICE, now=timezone.now()
        )
        events = AuditEvent.objects.exclude(action__contains="campaign")
        assert [(event.action, event.actor_name) for event in events] == [
            ("import codes", "staff"),
            ("start import-codes", "staff"),
            ("start check-codes", "staff"),
        ]
        assert events[2].reason == "agreed with partner"

    def test_the_rejected_lines_are_downloaded_and_the_trail_says_so(
        self, staff, check, make_campaign
    ):
        row, client = check("SUMMER26\n!\n"), staff("marketing")
        page = client.get(page_url(row))

        answer = client.get(page.context["reject_file"])

        assert b"".join(answer.streaming_content).splitlines()[1].startswith(b"2,!,No code")
        assert "rejected-" in answer["Content-Disposition"]
        assert AuditEvent.objects.filter(action="download rejected lines").count() == 1

    def test_discarding_is_one_button_away(self, staff, check):
        row = check(many(3))

        page = do_to_many(staff("marketing"), "discard", row)

        assert "1 import is discarded." in page

    def test_who_may_not_make_codes_reads_counts_and_no_code(self, staff, check):
        row = check("SUMMER26\nSECRET!26\n")
        client = staff("support", "view_job")

        page = client.get(page_url(row)).content.decode()

        assert "1 valid, 1 rejected, of 2 lines" in page
        assert "SECRET" not in page
        assert "/result/" not in page
        assert verb_url(row, "import") not in page

    @pytest.mark.parametrize("role", ["support", "operations", "auditor"])
    def test_who_may_not_make_codes_uploads_nothing(self, staff, make_campaign, role):
        campaign, client = make_campaign(), staff(role)

        answers = [
            client.get(upload_url(campaign)),
            client.post(upload_url(campaign), form("AAAA")),
        ]

        assert [answer.status_code for answer in answers] == [403, 403]
        assert upload_url(campaign) not in client.get(page_url(campaign)).content.decode()
        assert not CodeImport.objects.exists()

    @pytest.mark.parametrize("role", ["marketing", "admin"])
    def test_who_may_make_codes_opens_the_form(self, staff, make_campaign, role):
        page = staff(role).get(upload_url(make_campaign(default_max_uses=4)))

        assert page.status_code == 200
        assert page.context["form"]["max_uses"].value() == 4
        assert 'enctype="multipart/form-data"' in page.content.decode()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"file": ""}, "This field is required."),
            ({"file": SimpleUploadedFile("a.csv", "Käse".encode("latin-1"))}, "not in UTF-8"),
            ({"file": SimpleUploadedFile("a.csv", b"code,max\nA,1")}, "found: max."),
            ({"file": SimpleUploadedFile("a.csv", b"\n\n")}, "There is no code in this file."),
            ({"max_uses": "0"}, "greater than or equal to 1"),
            ({"reason": ""}, "This field is required."),
        ],
    )
    def test_what_cannot_be_read_is_said_beside_the_form(
        self, staff, make_campaign, fields, sentence
    ):
        for value in fields.values():
            if hasattr(value, "seek"):
                value.seek(0)

        answer = staff("marketing").post(upload_url(make_campaign()), form("SUMMER26", **fields))

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not CodeImport.objects.exists()

    def test_a_file_that_is_too_large_is_said_so(self, staff, make_campaign, monkeypatch):
        monkeypatch.setattr(import_forms.import_lines, "MOST_BYTES", 10_240)

        answer = staff("marketing").post(upload_url(make_campaign()), form("A" * 10_241))

        assert "The file is larger than 10.0" in answer.content.decode()

    def test_nothing_is_imported_into_an_archived_campaign(self, staff, make_campaign):
        campaign, client = make_campaign(state="archived"), staff("marketing")

        assert client.get(upload_url(campaign)).status_code == 404
        assert upload_url(campaign) not in client.get(page_url(campaign)).content.decode()

    def test_what_was_checked_before_the_archive_is_not_imported_after_it(self, check):
        row = check(many(3))
        Campaign.objects.update(state=Campaign.State.ARCHIVED)

        with pytest.raises(VerbRefused, match="archived"):
            imports.import_codes(row, SYSTEM)

        row.refresh_from_db()
        assert (row.state, row.batch) == (CodeImport.State.CHECKED, None)

    def test_the_list_says_how_each_stands(self, staff, check):
        row = check(many(3))

        page = staff("auditor").get(list_url(row)).content.decode()

        assert "Partner" in page
        assert "Checked" in page
