"""What makes the project: packages of the system, docs, the wheel."""
