"""AWS Marketplace on this machine: what is sold, who bought it, and the three APIs of a seller.

`world.py` is what is so; `wire.py` speaks of it as AWS does, in both protocols of the services.
"""
