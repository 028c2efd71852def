"""People on the web: my account, teams, and the operator's pages about people."""
