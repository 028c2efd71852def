"""People: their accounts, teams and roles, and what each may do."""
