"""Questions to improvement; a module for each noun. Every one begins with what a membership may see."""
