"""E-mail domains that customers have proved to be theirs, and who of them joins by which rule."""
