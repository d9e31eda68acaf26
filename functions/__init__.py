"""Lambda handlers, one file each, thin. No Django."""
