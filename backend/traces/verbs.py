"""What can be done, by our short names, and the xAPI IRIs under which other tools know them."""

CHECKED_IN = "checked-in"
PROGRESSED = "progressed"
COMPLETED = "completed"
OPENED = "opened"
ENDED = "ended"
JOINED = "joined"
LEFT = "left"
BEAT = "beat"
PUBLISHED = "published"
UNPUBLISHED = "unpublished"
FAULTED = "faulted"
COMMENTED = "commented"
PROMPTED = "prompted"
CONFIRMED = "confirmed"
REPLAYED = "replayed"
RECORDED = "recorded"
ATTENDED = "attended"
TAUGHT = "taught"
BOOKED = "booked"
VOIDED = "voided"

_ADL = "http://adlnet.gov/expapi/verbs/"
_OWN = "https://wake.example/xapi/verbs/"
_FROM_ADL = {PROGRESSED, COMPLETED, COMMENTED, ATTENDED, VOIDED}
_STREAMS = "http://activitystrea.ms/schema/1.0/"
_FROM_STREAMS = {CHECKED_IN: "checkin", JOINED: "join", LEFT: "leave", OPENED: "open", CONFIRMED: "confirm"}


def iri(verb: str) -> str:
    """The xAPI IRI of one of our verbs (xAPI 2.0, IEEE 9274.1.1 §4.2.3)."""
    if verb in _FROM_ADL:
        return _ADL + verb
    return _STREAMS + _FROM_STREAMS[verb] if verb in _FROM_STREAMS else _OWN + verb
