"""How well one colour is read on another, by the measure of the Web Content Accessibility Guidelines 2.2."""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

READABLE = 4.5
"""The least contrast of text: criterion 1.4.3 of WCAG 2.2."""


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 (equal) to 21 (black and white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1."""
    red, green, blue = (_linear(level / 255) for level in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lightened(colour: Colour, ground: Colour, least: float) -> Colour:
    """Mix a colour with as little white as gives it this contrast to a dark ground; white if nothing else does."""
    while contrast(colour, ground) < least and colour != (255, 255, 255):
        red, green, blue = (level + (255 - level) // 12 + 1 for level in colour)
        colour = (min(red, 255), min(green, 255), min(blue, 255))
    return colour


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)
