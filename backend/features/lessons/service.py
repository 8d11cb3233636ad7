"""Learning: keep one's place in a lesson and complete it. Both are traces."""
