"""Claims: what holders say to their badges, and the codes by which people come to one."""
