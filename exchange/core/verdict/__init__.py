"""The verdict: is this badge true now, and what was checked."""
