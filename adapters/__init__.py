"""The outside world: the only room that talks to AWS or to another host. No Django."""
