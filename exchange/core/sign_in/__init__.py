"""What a company's identity provider says, as values."""
