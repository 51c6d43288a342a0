"""Fixed seeds for every property, so that a run says the same today and tomorrow."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# What a machine is busy with must never decide a test, so nothing is timed.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("fixed", derandomize=True, max_examples=60, **_UNTIMED)
settings.register_profile("thorough", max_examples=2000, print_blob=True, **_UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
