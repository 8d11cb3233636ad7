"""The last thing a start prints: where to go, and as whom."""

import io

import segno

from backend.supervisor.config import Config
from backend.supervisor.lan import addresses

PEOPLE = (("admin", "runs the company"), ("alice", "leads a unit, publishes"), ("bob", "learns in it"),
          ("carol", "is in the next unit"), ("chen", "is an expert, goes live"))
PASSWORD = "wake-demo"  # noqa: S105 - of the invented people


def banner(config: Config, seconds: float) -> str:
    """Compose the address, its QR code and the demo accounts."""
    host = next(iter(addresses()), "localhost") if config.lan else "localhost"
    url = f"{config.scheme}://{host}:{config.port}"
    hint = (f"Phones trust it after installing {config.data}/lan/ca.pem" if config.lan
            else "For phones on your network: LAN=1 make run")
    lines = [f"ready in {seconds:.1f} s", "", f"  Wake · 航迹   {url}", f"  {hint}", "", qr(url)]
    if config.wants_demo:
        lines += [f"  Demo accounts, password {PASSWORD}:", *(f"    {name:6} {what}" for name, what in PEOPLE), ""]
    return "\n".join([*lines, f"  Logs and data: {config.data}   Stop: Ctrl-C"])


def qr(url: str) -> str:
    """Draw a QR code for a terminal."""
    drawing = io.StringIO()
    segno.make(url, error="l").terminal(drawing, border=2, compact=True)
    return drawing.getvalue()
