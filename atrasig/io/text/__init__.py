"""Text: separated tables of any kind, and formats that are text with a fixed layout."""
