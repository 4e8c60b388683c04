# SPDX-License-Identifier: GPL-3.0-or-later
"""The logo and the diagrams of README and the pages, as SVG: `PYTHONPATH=docs python -m drawing.diagrams` draws them."""
