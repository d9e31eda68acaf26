"""The seller's integration test cases of AWS, walked through and written down as evidence.

`cases.py` says what a case and a finding are, `scene.py` and `buyer.py` what cases act with;
`registration.py`, `life.py` and `listing.py` are the cases, `by_hand.py` those that only a person
can see to; `running.py` runs them and `report.py` writes down what came of it. The words of the
report are English whatever the portal speaks: AWS's reviewers read it.
"""
