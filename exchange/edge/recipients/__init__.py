"""The recipients table on the web, and changes of many badges."""
