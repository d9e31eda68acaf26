"""Finding a customer by anything that they can quote."""
