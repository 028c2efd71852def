"""Recipients: who has which badge of an issuer, and changes of many at once."""
