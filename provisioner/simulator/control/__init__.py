"""The control endpoints under `/_simulator/`: no part of Alice, but the handles by which tests turn the simulator.

For this machine only: requests from elsewhere are refused, and there is no login.
"""
