"""The laptop's AWS: moto corrected, and what moto lacks. Nothing that ships imports it."""
