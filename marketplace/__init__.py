"""AWS Marketplace: who subscribed to what, from the buyer's first click to the end.

`notice_rows.py` and `models.py` say what is known; `facts.py` and `folding.py` make one picture of
an agreement out of every notice about it, in whatever order they came; `granting.py` hands what
follows from it to tenants/.
"""
