"""Catalogues on disk, and the pictures of their badges."""
