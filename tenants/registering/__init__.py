"""Open registration: people who sign themselves up, without a code."""
