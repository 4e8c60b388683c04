# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends with 0 if Orthanc answers; that it asks for a password is an answer too. ORTHANC_HEALTH_URL: another address."""

import os
import sys
import urllib.error
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot reach the container's loopback
try:
    opener.open(os.environ.get("ORTHANC_HEALTH_URL", "http://127.0.0.1:8042/system"), timeout=5).close()
except urllib.error.HTTPError as error:
    sys.exit(f"Orthanc answers {error.code}" if error.code >= 500 else 0)
except OSError as error:
    sys.exit(f"Orthanc does not answer: {error}")
