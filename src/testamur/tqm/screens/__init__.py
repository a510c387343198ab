"""Screens for fabricated or copied data: leads for a person who then looks, never a proof."""

NAMES = {
    "benford": "digits",
    "terminal_digits": "digits",
    "duplicate_rows": "copies",
    "copied_blocks": "copies",
    "low_variance": "spread",
    "benjamini_hochberg": "many",
}
