"""What is kept about a person, where: declared once, exported and erased from there."""
