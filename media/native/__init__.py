"""The compiled hot loop, where a compiler was there at installation; `library` is None elsewhere.

`build.py` says what the C knows of us; `fanout.c` is the loop, `srtp.c` what it encrypts with, `gcm.c` and `gcm_wide.c`
the cipher. All of it gives the bytes that libsrtp and the loop in Python give.
"""

from importlib import import_module
from typing import Any

try:
    library: Any = import_module("media.native._fanout")
except ImportError:
    library = None


def leave_out() -> None:
    """Do without from now on; before anything is sent."""
    global library
    library = None
