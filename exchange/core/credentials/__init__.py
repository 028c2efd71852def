"""The nouns of Open Badges 3.0, their form, and how they are built."""
