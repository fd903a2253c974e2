"""Reports for people and for other programs: pages, a table, JUnit XML."""
