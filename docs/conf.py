"""Sphinx configuration."""

from importlib.metadata import version as installed_version

project = "tasking-hub"
copyright = "tasking-hub maintainers"  # noqa: A001 - Sphinx's name
version = release = installed_version("tasking-hub")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"tasking-hub {version}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
napoleon_attr_annotations = True
nitpicky = False
exclude_patterns = ["_build"]
