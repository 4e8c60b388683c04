# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the command trusts to sign releases. Both are pinned here, so that no server can change them.

ci/sign makes the signatures. It refuses a key or a repository that is not pinned here.
"""

from __future__ import annotations

# The public key of releases, as minisign writes it. Its private half is a secret of the release workflow.
PUBLIC_KEY = "RWTvc0Tw4MktwHOZTOZymkVCh0v5Q7+0K4RWZLIyXKbAFoUf2wSI0GCJ"
# The repository on GitHub whose release workflow signs with Sigstore, such as OWNER/NAME. While it is empty, no workflow is
# trusted. The command takes the key alone, ci/sign refuses to sign by identity, and ci/verify a signed release of a workflow.
REPOSITORY = ""
