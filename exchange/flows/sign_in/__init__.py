"""How somebody comes in, and what comes in for them."""
