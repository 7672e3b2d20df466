"""The tools that are timed: what each is given, and the call that is timed."""
