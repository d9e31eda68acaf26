"""Newsletter platforms on this machine: each holds us to the contract that its maker documents."""

from tests.newsletter_platforms.beehiiv import Beehiiv
from tests.newsletter_platforms.hubspot import HubSpot
from tests.newsletter_platforms.kit import Kit
from tests.newsletter_platforms.mailchimp import Mailchimp

STAND_INS = {"mailchimp": Mailchimp, "hubspot": HubSpot, "beehiiv": Beehiiv, "kit": Kit}
