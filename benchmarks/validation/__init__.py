"""How well the models do on public data: the page ``docs/validation.md``, by one command."""
