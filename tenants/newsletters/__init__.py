"""Product news for who said yes: consents, and the subscriptions at newsletter platforms."""
