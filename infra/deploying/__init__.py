"""One command puts a stage up, one says what it would change, one takes it back."""
