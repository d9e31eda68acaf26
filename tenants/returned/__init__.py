"""Mail that comes back: what SES tells of it, and whom we write to no longer."""
