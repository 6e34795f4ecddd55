"""Numbers on which the simulated carrier fails on purpose, one for each way. Pure data.

They lie in the range reserved for fiction (555-0100 to 555-0199), in the clinic's own area code.

| number         | what happens to our text                                                        |
|----------------|---------------------------------------------------------------------------------|
| +1573555 0189  | refused: not a valid number (21211)                                             |
| +1573555 0191  | refused: the phone has opted out at the carrier (21610), though we do not know   |
| +1573555 0192  | taken, then undelivered: phone off or no signal (30003)                          |
| +1573555 0193  | taken, then undelivered: filtered as spam (30007)                                |
| +1573555 0194  | taken, then undelivered: a landline (30006)                                      |
| +1573555 0195  | taken, but the answer to us is lost, and so are the reports: look-up finds it    |
| +1573555 0196  | not taken, and no answer either: look-up finds nothing                           |
| +1573555 0197  | refused once as too many requests (429, come back in 2 seconds), then taken      |
| +1573555 0198  | our credentials are refused: all sending stops                                   |
| +1573555 0199  | taken and delivered, but no report ever comes                                    |
"""

from dataclasses import dataclass
from datetime import timedelta

from carriers.base import Outcome

DELIVERED = ("sent", "delivered")
UNDELIVERED = ("sent", "undelivered")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a text to such a number. `final_error` comes with the last report, `code` with a refusal."""

    outcome: Outcome = Outcome.ACCEPTED
    is_taken: bool = True
    code: int | None = None
    retry_after: timedelta | None = None
    only_once: bool = False
    reports: tuple[str, ...] = DELIVERED
    final_error: int | None = None
    is_silent: bool = False  # states change, but nobody tells us


ORDINARY = Behaviour()
OPTED_OUT = Behaviour(Outcome.REJECTED_FINAL, is_taken=False, code=21610)

RESERVED: dict[str, Behaviour] = {
    "+15735550189": Behaviour(Outcome.REJECTED_FINAL, is_taken=False, code=21211),
    "+15735550191": OPTED_OUT,
    "+15735550192": Behaviour(reports=UNDELIVERED, final_error=30003),
    "+15735550193": Behaviour(reports=UNDELIVERED, final_error=30007),
    "+15735550194": Behaviour(reports=UNDELIVERED, final_error=30006),
    "+15735550195": Behaviour(Outcome.UNKNOWN, is_silent=True),
    "+15735550196": Behaviour(Outcome.UNKNOWN, is_taken=False),
    "+15735550197": Behaviour(
        Outcome.REJECTED_RETRY,
        is_taken=False,
        code=20429,
        retry_after=timedelta(seconds=2),
        only_once=True,
    ),
    "+15735550198": Behaviour(Outcome.CREDENTIALS, is_taken=False, code=20003),
    "+15735550199": Behaviour(is_silent=True),
}
