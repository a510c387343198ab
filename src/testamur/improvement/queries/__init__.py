"""Questions about an organisation's own quality work; each begins with what a membership may see."""
