"""How staff come in: password or single sign-on, second factor, sessions that end."""
