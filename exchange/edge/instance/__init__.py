"""The instance on the web: its front door and how it stands."""
