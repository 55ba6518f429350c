"""Voice campaigns as code for AntBuddy's Alice platform."""

__version__ = "0.1.0"
