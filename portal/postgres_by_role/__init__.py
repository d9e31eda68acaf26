"""Django looks for `base` here: a PostgreSQL that is signed in to without a password."""
