"""Measurement uncertainty (JCGM 100, 101, 106): budgets, propagation, Monte Carlo, decision rules."""

NAMES = {
    "Quantity": "budget",
    "Budget": "budget",
    "propagate": "budget",
    "welch_satterthwaite": "budget",
    "monte_carlo": "trials",
    "decision_rule": "decision",
    "rounded": "rounding",
    "Model": "model",
}
