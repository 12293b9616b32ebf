"""Quotes of several accounts side by side: exchange rates and ranking."""
