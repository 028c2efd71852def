"""Sign-in with the world outside: the company's provider, and passkeys."""
