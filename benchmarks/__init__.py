"""How fast we are: each figure is a ratio to a peer, or to a limit, in the same run."""
