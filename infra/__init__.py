"""How Gatehouse gets onto AWS: definitions, templates, and the builder of packages."""
