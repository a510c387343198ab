"""Reporting in and mirroring: from a file or a call to states of record (ADR 0019).

In the order in which a delivery goes through them: ``mapping`` (how rows are read), ``files`` and its readers (bytes →
rows), ``judging`` (row → record or remark), ``spool`` (what was judged, on disk), ``folding`` (rows of one record),
``differing`` (against the present states), ``writing`` (into the database). The verbs are
``register.actions.deliveries``.
"""
