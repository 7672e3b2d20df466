"""Print the calls of a results folder: ``python -m atrasig.workflow_helpers results``."""

from __future__ import annotations

import sys

from atrasig.workflow_helpers.summary import call_summary

if __name__ == "__main__":
    print(call_summary(sys.argv[1]))
