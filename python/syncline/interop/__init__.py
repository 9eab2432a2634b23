"""Other libraries beside documents. Nothing of them is imported before it is used."""
