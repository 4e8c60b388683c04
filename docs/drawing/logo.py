# SPDX-License-Identifier: GPL-3.0-or-later
"""The logo: the ring of a scanner, and a snake in it. It is for light and dark pages, and for the icon of a browser's tab."""

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img">
<title>orthanc-python</title>
<rect width="64" height="64" rx="14" fill="#0b5cad"/>
<circle cx="32" cy="32" r="22" fill="none" stroke="#fff" stroke-width="5"/>
<path d="M19 37c5 5 10 4 13-4s8-9 12-3" fill="none" stroke="#8ff0b0" stroke-width="6" stroke-linecap="round"/>
<circle cx="43.5" cy="28.5" r="1.6" fill="#0b3d70"/>
</svg>
"""
