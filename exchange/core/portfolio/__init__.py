"""A portfolio: what a holder chooses to show, to whom, and what a reader of it may see."""
