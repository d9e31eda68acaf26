"""Promotions: campaigns, batches, codes and their redemption. Knows codes, knows no tenant."""
