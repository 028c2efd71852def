"""An issuer's webhooks on the web."""
