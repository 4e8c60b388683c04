# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's configuration; `ci/docs` builds the pages."""

from __future__ import annotations

import os
from typing import Any

project = "orthanc-python"
author = "the authors of orthanc-python"
copyright = author
release = version = os.environ.get("ORTHANC_PYTHON_VERSION", "")

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_inline_tabs"]
exclude_patterns = ["requirements.txt", "*.py", "examples"]  # the reference includes the examples
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = []
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 100
pygments_style = "a11y-high-contrast-light"  # furo brings it
pygments_dark_style = "monokai"

# The button copies the commands of a console block, and neither prompts nor output.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = f"orthanc-python {version}".strip()
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["pages.css"]
html_js_files = ["accessibility.js", "versions.js"]
html_logo = "pictures/logo.svg"
html_favicon = "pictures/logo.svg"
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/versions.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# Where the sources are, for links to edit and to view a page, such as https://github.com/OWNER/NAME; none if it is not known.
_repository = os.environ.get("ORTHANC_PYTHON_REPOSITORY", "")
_links = {"source_repository": f"{_repository}/", "source_branch": "main", "source_directory": "docs/"} if _repository else {}
_GENERATED = ("commands", "reference/")  # by ci/docs: nothing to edit under these names
_SOURCE_ICON = (
    '<svg viewBox="0 0 24 24" stroke="currentColor" fill="none" stroke-width="2">'
    '<path d="m8 7-5 5 5 5m8-10 5 5-5 5"></path></svg>'
)
html_theme_options = {
    **_links,
    "footer_icons": [{"name": "Source", "url": _repository, "html": _SOURCE_ICON, "class": ""}] if _repository else [],
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7cb7f0", "color-brand-content": "#7cb7f0"},
}


def _drop_links(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    if pagename.startswith(_GENERATED):
        context["theme_source_repository"] = ""


def setup(app: Any) -> None:
    app.connect("html-page-context", _drop_links)
