"""Figures of results: one model of a figure, drawn as deterministic, accessible SVG with a table of every number."""

NAMES = {
    "Figure": "figure",
    "capability_figure": "capability",
    "control_chart": "charts",
    "figure_of": "of",
    "gauge_figure": "gauge",
    "stability_figure": "charts",
    "to_csv": "tables",
    "to_html": "tables",
    "to_svg": "svg",
}
