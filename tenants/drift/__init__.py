"""Drift: where AWS and the rows disagree, found by reading all of AWS, and how it is mended."""
