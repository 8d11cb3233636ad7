"""Relays that are measured beside ours, on the same stream, by the same crowd."""
