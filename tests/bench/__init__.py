"""What a plan and an apply cost beside the requests they need: `make bench` runs `run.py`, which tells the rest."""
