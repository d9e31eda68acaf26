"""What a customer's people see and do themselves: signing in, and the pages of /account/."""
