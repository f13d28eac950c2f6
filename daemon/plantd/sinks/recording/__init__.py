"""What the record is made of: a database, pictures, and one thread that writes."""
