"""What aligners and quantifiers write, a file a sample, and folders of such files."""
