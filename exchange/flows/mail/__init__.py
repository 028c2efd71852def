"""Mail: put on record with what it tells of, brought to whom it is for."""
