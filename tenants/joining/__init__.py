"""People whose domain's rule says that an owner is asked before they join."""
