"""What is found, written down: stable documents, files for other programs, tables for people."""
