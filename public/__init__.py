"""WHAT DOES ANYONE SEE? Health, and later media, join and privacy pages."""
