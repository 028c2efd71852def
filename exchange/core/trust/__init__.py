"""What signed endorsements say when they are put together: facts, each with its evidence, never a score."""
