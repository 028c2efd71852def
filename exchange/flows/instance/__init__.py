"""The instance itself: may it write, is its clock right, and the copies of it."""
