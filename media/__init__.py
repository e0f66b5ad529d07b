"""Timeline, captions, motion, sound, rendering, probing and checks. Imports core only."""
