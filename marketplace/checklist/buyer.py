"""A buyer with a browser: buys at AWS, comes with the token, fills in the form, opens the mail."""

import re
import secrets
from urllib.parse import urljoin

from adapters.visits import Page, Visitor
from marketplace.checklist.cases import Unmet
from marketplace.checklist.scene import Scene
from marketplace.products import Product

_TOKEN = "x-amzn-marketplace-token"  # noqa: S105 - the name of a field


class Buyer:
    """`agreement` is what the simulator says of the purchase; `token` the last that was sent."""

    def __init__(
        self, scene: Scene, product: Product, *, domain: str = "example.com", **terms: object
    ) -> None:
        self.scene, self.product = scene, product
        self.agreement = scene.simulator.buy(product.code, **terms)
        self.email = scene.address(domain)
        self.visitor = Visitor()
        self.token = ""
        self.entrance: Page | None = None

    def come(self, token: str | None = None) -> Page:
        """Press the button at AWS: its form is posted from another site."""
        self.token = self.scene.simulator.token(self.agreement["id"]) if token is None else token
        self.entrance = self.visitor.post_from_elsewhere(self.scene.entrance, {_TOKEN: self.token})
        return self.entrance

    def open_form(self) -> Page:
        return self.visitor.follow(self.come())

    def send(self, form: Page, **filled: str) -> Page:
        self.scene.pace()
        return self.visitor.send(form, **filled)

    def register(self) -> Page:
        """Come, fill in the form, and wait until the account is set up. Raises Unmet."""
        answer = self.send(
            self.open_form(),
            email=self.email,
            full_name="Checklist Buyer",
            company=f"Checklist {self.scene.run}",
            accept_terms="on",
        )
        if answer.status >= 400:
            raise Unmet(f"the registration form was taken; the portal said: {answer.words[:200]}")
        self.scene.wait(lambda: self.scene.mails(self.email), "a mail came to the buyer")
        return answer

    def choose_password(self) -> None:
        """Open the link of the mail and choose a password, by which they sign in to the account."""
        texts = " ".join(mail["text"] for mail in self.scene.mails(self.email))
        link = re.search(r"https?://\S+/welcome/[\w-]+/", texts)
        if link is None:
            raise Unmet("a mail has a link to choose a password")
        password = f"Aa1-{secrets.token_urlsafe(18)}"
        form = self.visitor.get(link[0])
        self.visitor.send(form, password=password, repeated=password)
        login = self.visitor.get(urljoin(self.scene.portal, "/account/login/"))
        self.visitor.send(login, email=self.email, password=password)

    def can_call(self) -> bool:
        access = self.scene.access(self.email)
        return bool(access and access.allowed)

    def tier(self) -> str:
        access = self.scene.access(self.email)
        return access.tier if access and access.allowed else ""
