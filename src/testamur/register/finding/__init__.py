"""Finding in the register: one tokeniser, one index in the database's own engine, and a planner that asks it."""
