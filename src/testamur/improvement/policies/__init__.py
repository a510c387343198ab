"""May this happen? Each check raises :class:`Refused` with a sentence, or says nothing."""
