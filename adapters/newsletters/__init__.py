"""Newsletter platforms: one module each, all of them behind one small interface."""
