"""Portfolios over HTTP: the holder's pages and API, what readers of a link see, and what is taken along."""
