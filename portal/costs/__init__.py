"""What a month of a stage costs: prices and formulas of infra/definitions/costs.json, reckoned."""
