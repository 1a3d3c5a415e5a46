"""Pages about people and their access: signing in and the own account are allauth's, the rest is here."""
