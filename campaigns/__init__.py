"""Fault campaigns: the service is killed in many ways under load, and every promise is counted afterwards.

`history.py` is what the clients noted and `stored.py` what the database holds; `checks.py` decides from these alone.
`load.py`, `wishes.py` and `clients.py` are the clients, `stage.py`, `workers.py` and `fleet.py` what they speak to,
`faults.py`, `postgres.py` and `proxy.py` what happens to it. Never part of the image.
"""
