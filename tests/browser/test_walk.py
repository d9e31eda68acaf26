"""The whole walk in a browser, with and without JavaScript."""

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "Correct-horse-battery-1"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(request, browser: Browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=request.param)
    context.has_javascript = request.param
    yield context
    context.close()


def fill_in(page: Page, code: str, email: str = "alice@example.com") -> None:
    page.goto("/signup/")
    page.get_by_label("Promo code").fill(code)
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Your name").fill("Alice Ames")
    page.get_by_label("Company").fill("Ames Optics")
    page.get_by_label("I accept the terms").check()


def follow_the_mail(visitor: BrowserContext, mailbox: str) -> Page:
    """Press the button of the newest mail, as a person does, and return what it opens."""
    page = visitor.new_page()
    page.goto(mailbox)
    page.get_by_role("link", name="Choose your password").first.click()
    button = page.frame_locator("iframe").get_by_role("link", name="Choose a password")
    with visitor.expect_page() as opened:
        button.click()
    return opened.value


def test_from_the_form_to_the_key(visitor, make_code, run_tasks, cloud, live_server):
    settings.PORTAL_URL = live_server.url
    page = visitor.new_page()
    fill_in(page, make_code())
    if visitor.has_javascript:
        expect(page.get_by_test_id("code-feedback")).to_contain_text("Starter")

    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")
    run_tasks()
    expect(page.get_by_test_id("signup-status")).to_have_text("ready", timeout=15_000)
    page = follow_the_mail(visitor, cloud.addresses.mailbox)
    form = page.get_by_test_id("set-password-form")
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("input[name=repeated]").fill(PASSWORD)
    form.locator("button[type=submit]").click()
    page.get_by_test_id("show-key").click()

    assert len(page.get_by_test_id("api-key").inner_text()) >= 20
    expect(page.get_by_test_id("user-pool-client-id")).to_have_text(settings.USER_POOL_CLIENT_ID)


def test_a_refused_code_gives_the_form_back_with_everything_typed(visitor, make_code):
    page = visitor.new_page()
    fill_in(page, "NEVERMADE")

    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_test_id("error").first).to_contain_text("cannot be used")
    expect(page.get_by_label("Company")).to_have_value("Ames Optics")


def test_a_double_click_is_one_sign_up(visitor, make_code):
    from tenants.models import SignUp

    page = visitor.new_page()
    fill_in(page, make_code(max_uses=5))

    page.get_by_role("button", name="Sign up").dblclick()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")

    assert SignUp.objects.count() == 1


def test_the_back_button_and_the_same_form_again_is_one_sign_up(visitor, make_code):
    from tenants.models import SignUp

    page = visitor.new_page()
    fill_in(page, make_code(max_uses=5))
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")

    page.reload()

    expect(page.get_by_test_id("signup-status")).to_have_text("working")
    assert SignUp.objects.count() == 1


def test_a_code_in_the_fragment_of_a_link_is_filled_in_and_never_sent(
    browser, live_server, make_code
):
    code = make_code()
    page = browser.new_page(base_url=live_server.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"/signup/#code={code}")

    expect(page.get_by_label("Promo code")).to_have_value(code)
    expect(page.get_by_test_id("code-feedback")).to_contain_text("Starter")
    assert not [url for url in asked if code in url.split("#")[0]]
