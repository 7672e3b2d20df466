"""Sphinx configuration; ``scripts/build_docs.py`` gathers the pages first (`make docs`)."""

from importlib.metadata import version as installed_version

project = "atrasig"
author = "atrasig developers"
copyright = author
release = version = installed_version("atrasig")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
highlight_language = "text"

# Docstrings are numpydoc, types stand in the signatures.
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"atrasig {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
