"""Customers: sign-up, members, access, reconciliation with AWS, keys, mail, their own pages."""
