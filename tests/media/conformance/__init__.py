"""What RFC 9725 (WHIP) and draft-ietf-wish-whep-03 (WHEP) ask of a server, each test citing its section.

    pytest tests/media/conformance                                 # our own relay, started for it
    pytest tests/media/conformance --whip URL --whip-token TOKEN --whep URL --whep-token TOKEN    # any other

With the addresses of one stream also the media is tried: what is published by WHIP is watched by WHEP. Only what the
documents leave to the server (trickle ICE, ICE restarts) is passed over when the server says that it lacks it.
"""
