"""The host: a Django project."""
