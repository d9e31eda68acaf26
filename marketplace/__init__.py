"""AWS Marketplace: who subscribed to what, from the buyer's first click to the end.

`notice_rows.py` and `models.py` say what is known; `inbox.py` keeps and applies what AWS tells;
`folding.py` makes one picture of an agreement out of every notice about it, in whatever order they
came, and `settling.py` writes it down; `granting.py` hands what follows from it to tenants/.
"""
