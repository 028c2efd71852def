"""The ground of every route: who asks, in which language, and how answers are made."""
