"""Between the neutral words and ICEYE's: pure functions in both directions."""
