"""From use to the bill: hours are closed into a ledger, and the ledger is sent to AWS once."""
