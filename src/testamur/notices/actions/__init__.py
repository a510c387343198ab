"""Acts of those who follow the register: watches by mail (``watches``), webhooks of organisations (``endpoints``)."""
