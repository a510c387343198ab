"""How values are said: days, money, sources, refusals, in the reader's language."""
