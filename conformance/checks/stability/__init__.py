"""Area ``stability``: the vectors are still those of a snapshot.

``probes``: the requests, which ask for the recorded texts alone, in batches, in base64 and shortened. ``study``: the
responses to them, compared with the snapshot. ``all_checks``: a check for each requirement of the area.
"""

from .all_checks import SNAPSHOT, expected_of, stability_checks, study_of
from .study import Study

__all__ = ["SNAPSHOT", "Study", "expected_of", "stability_checks", "study_of"]
