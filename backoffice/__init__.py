"""What every staff page shares: jobs with progress, audit trail, roles, verbs, admin base."""
