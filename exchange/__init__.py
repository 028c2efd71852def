"""A badge and peer-endorsement exchange: everything is a signed, revocable Open Badges 3.0 document."""

__version__ = "0.1.0"
