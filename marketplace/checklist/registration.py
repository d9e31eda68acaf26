"""A buyer comes with a token: what AWS asks of the landing page and of the registration."""

import secrets
from html import escape
from urllib.parse import quote

from marketplace.checklist.buyer import Buyer
from marketplace.checklist.cases import Case, Notes
from marketplace.checklist.scene import Scene
from marketplace.models import Agreement, Notice, Registration
from tenants.models import SignUp

# What a form would call a card or a bank account.
_PAYMENT = ("card", "cvc", "cvv", "iban", "bank", "account_number", "routing")


def _takes_the_post(scene: Scene, notes: Notes) -> None:
    entrance = scene.registered.entrance
    notes.do(f"Posted AWS's form from another site to {scene.entrance}.")
    notes.see(entrance and entrance.status == 303, "It answered 303 and led on to the form.")
    if not scene.portal.startswith("https:"):
        notes.do("This is a laptop without HTTPS: --live looks at the stage's address.")


def _accepts_a_new_buyer(scene: Scene, notes: Notes) -> None:
    buyer = scene.registered
    notes.do(f"Bought {buyer.product.title}, filled in the form as {buyer.email}.")
    notes.see(scene.tenant(buyer.email), "An account was made.")
    notes.see(scene.mails(buyer.email), "The portal wrote to the buyer.")


def _keeps_no_token(scene: Scene, notes: Notes) -> None:
    buyer = scene.registered
    notes.do(f"Searched {len(buyer.visitor.seen)} answers and the rows for the token.")
    seen = buyer.visitor.seen
    cookies = [value for page in seen for value in page.cookies.values()]
    notes.see(not _holds(cookies, buyer.token), "No cookie holds the token.")
    addresses = [place for page in seen for place in (page.url, page.location)]
    notes.see(not _holds(addresses, buyer.token), "No address holds it.")
    notes.see(not _holds([page.text for page in seen], buyer.token), "No page shows it.")
    rows = [
        str(vars(row)) for kind in (Registration, Agreement, SignUp, Notice) for row in _of(kind)
    ]
    notes.see(not _holds(rows, buyer.token), "No row of the database holds it.")


def _resolves_it(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"))
    before = len(scene.simulator.calls("ResolveCustomer"))
    notes.do("Came with a token, and looked at what was asked of AWS when the answer was there.")
    answer = buyer.come()
    calls = scene.simulator.calls("ResolveCustomer")
    notes.see(len(calls) == before + 1, "ResolveCustomer was called once, before the answer.")
    notes.see(answer.status == 303, "The buyer was led on.")
    row = scene.agreement(buyer.agreement["id"])
    known = row and (row.product_code, row.account_id)
    bought = (buyer.product.code, buyer.agreement["account_id"])
    notes.see(known == bought, "Product code and AWS account are those that AWS answered.")


def _takes_any_mail_service(scene: Scene, notes: Notes) -> None:
    buyer = scene.registered
    notes.do(f"Registered with {buyer.email}.")
    notes.see(scene.tenant(buyer.email), "An address of a mail service like Gmail is taken.")


def _takes_incomplete_and_repeated(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"))
    form = buyer.open_form()
    notes.do("Sent the form with the address alone.")
    answer = buyer.send(form, email=buyer.email)
    notes.see(answer.status == 422, "The form came back, and said what is missing.")
    notes.see(answer.form.fields.get("email") == buyer.email, "What was written is kept.")
    notes.do("Left, pressed the button at AWS again, and filled it in.")
    buyer.register()
    rows = Registration.objects.filter(agreement__agreement_id=buyer.agreement["id"])
    notes.see(rows.count() == 1, "It is one registration, finished.")
    notes.do("Pressed the button a third time.")
    again = buyer.open_form()
    notes.see("/account/login/" in again.text, "Now the page leads to the account's sign-in.")
    notes.see("email" not in again.form.names, "It offers no second account.")


def _refuses_bad_tokens(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"))
    before = Registration.objects.count()
    for name, token in [("no", ""), ("a forged", secrets.token_urlsafe(90)), ("half a", "eyJ")]:
        answer = buyer.come(token)
        notes.do(f"Came with {name} token.")
        notes.see(400 <= answer.status < 500, f"Answered {answer.status}: {_title(answer.text)}.")
    scene.simulator.fault("error", "ResolveCustomer", code="ExpiredTokenException")
    answer = buyer.come()
    notes.do("Came with an expired token.")
    notes.see(400 <= answer.status < 500, f"Answered {answer.status}: {_title(answer.text)}.")
    notes.see("Set up your account" in answer.text, "The page says the way back.")
    notes.see(Registration.objects.count() == before, "None of them began a registration.")


def _is_calm_when_aws_is_busy(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"))
    fault = scene.simulator.fault("throttle", "ResolveCustomer", times=50)
    notes.do("Let AWS throttle ResolveCustomer.")
    answer = buyer.come()
    scene.simulator.remove_fault(fault)
    notes.see(answer.status == 503, "The page answered 503 and asks to try again.")
    notes.do("Came again when AWS answered.")
    notes.see(buyer.come().status == 303, "The buyer was led on.")


def _has_a_proper_page(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"))
    page = buyer.open_form()
    notes.do("Looked at the registration page.")
    notes.see("email" in page.form.names, "It asks for an e-mail address.")
    names = " ".join(page.form.names).lower()
    notes.see(not any(word in names for word in _PAYMENT), "It asks for no payment data.")
    notes.see("/account/login/" in page.text, "Who has an account can sign in from it.")
    notes.see("mailto:" in page.text, "It has a support contact.")


def _confirms(scene: Scene, notes: Notes) -> None:
    buyer = scene.registered
    mails = scene.mails(buyer.email)
    notes.do(f"Read the {len(mails)} mails to {buyer.email}.")
    texts = " ".join(mail["text"] for mail in mails)
    notes.see("/welcome/" in texts, "A mail confirms the account, with the link to the next step.")


def _shows_the_subscription(scene: Scene, notes: Notes) -> None:
    buyer = scene.registered
    scene.wait(buyer.can_call, "access opened")
    buyer.choose_password()
    page = buyer.visitor.get(f"{scene.portal}/account/subscription/")
    notes.do("Chose a password, signed in, opened the subscription page.")
    notes.see(page.status == 200, "The page is there.")
    words = page.words
    for label in ("Active", "Level", "Start", "End"):
        notes.see(label in words, f"It shows: {label}.")
    notes.see("sage" in words, "It shows the usage.")


def _title(html: str) -> str:
    return html.partition("<h1>")[2].partition("</h1>")[0].strip()


def _holds(texts: list[str], token: str) -> bool:
    """Whether one of them has the token, as it is or as an address or a page would write it."""
    forms = {token, quote(token, safe=""), quote(token), escape(token)}
    return any(form in text for text in texts for form in forms)


def _of(kind: type) -> list[object]:
    rows: list[object] = list(kind.objects.order_by("-pk")[:200])  # type: ignore[attr-defined]
    return rows


_GROUP = "Registration"
CASES = [
    Case(
        "registration-post",
        _GROUP,
        "An HTTPS registration page takes AWS's POST.",
        "checklist",
        _takes_the_post,
        by_hand="press Set up your account on AWS's page; the portal's form opens.",
    ),
    Case(
        "registration-new",
        _GROUP,
        "New customers can register.",
        "checklist",
        _accepts_a_new_buyer,
        by_hand="fill it in with an address that has no account, and follow the mail.",
    ),
    Case(
        "registration-token",
        _GROUP,
        "The registration token is not stored in a cookie.",
        "checklist",
        _keeps_no_token,
        by_hand="look in the browser's tools: no cookie and no address holds the token.",
    ),
    Case(
        "registration-resolve",
        _GROUP,
        "ResolveCustomer turns the token into product and customer, without delay.",
        "checklist",
        _resolves_it,
        by_hand="the form names the product and the AWS account that subscribed.",
    ),
    Case(
        "registration-mail-services",
        _GROUP,
        "Addresses of mail services such as Gmail are not blocked.",
        "checklist",
        _takes_any_mail_service,
        by_hand="register with an address at Gmail.",
    ),
    Case(
        "registration-incomplete",
        _GROUP,
        "Incomplete registrations and several attempts are accepted.",
        "checklist",
        _takes_incomplete_and_repeated,
        by_hand="send the form half filled in, close the browser, press the button again.",
    ),
    Case(
        "billing-invalid",
        "Billing",
        "Invalid customers are tested.",
        "checklist",
        _refuses_bad_tokens,
        by_hand="leave AWS's page open for five hours and press its button: the token has expired.",
    ),
    Case(
        "registration-busy",
        _GROUP,
        "Errors of ResolveCustomer are handled, throttling among them.",
        "resolve",
        _is_calm_when_aws_is_busy,
        by_hand="cannot be brought about at AWS; passed on the simulator is all the evidence.",
    ),
    Case(
        "page",
        "Guidelines",
        "The landing page has an e-mail field, a sign-in and a support contact, and asks for no "
        "payment data.",
        "guidelines",
        _has_a_proper_page,
        by_hand="look at the page.",
    ),
    Case(
        "confirmation",
        "Guidelines",
        "The customer gets a confirmation with clear next steps.",
        "guidelines",
        _confirms,
        by_hand="read the mail.",
    ),
    Case(
        "status",
        "Guidelines",
        "The customer sees the status of subscription and usage.",
        "guidelines",
        _shows_the_subscription,
        by_hand="sign in and open Subscription in the account.",
    ),
]
