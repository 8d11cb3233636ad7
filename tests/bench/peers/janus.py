"""Janus of the distribution, one event loop, a streaming mountpoint that is fed RTP."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from tests.bench.peers.janus_door import MOUNTPOINT
from tests.bench.peers.peer import RELAY_CORE, Absent, Peer, answering, module, program
from tests.house import free_ports
from tests.media.sdp import AUDIO, VIDEO

_GENERAL = """
general: { event_loops = 1  session_timeout = 0  log_to_stdout = false  log_to_file = "%s/log" }
nat: { ice_lite = true  ice_enforce_list = "lo,eth,en" }
media: { ipv6 = false }
plugins: { disable = "%s" }
transports: { disable = "%s" }
"""
_HTTP = """
general: { http = true  ip = "127.0.0.1"  port = %d  https = false  base_path = "/janus" }
admin: { admin_http = false }
"""
_STREAMING = """
stream: { type = "rtp"  id = %d  media = (
    { type = "audio"  mid = "a"  port = %d  pt = %d  codec = "opus" },
    { type = "video"  mid = "v"  port = %d  pt = %d  codec = "h264"  fmtp = "packetization-mode=1" }
) }
"""
_PLUGINS = ("audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "textroom", "videocall",
           "videoroom", "voicemail")  # fmt: skip
_TRANSPORTS = ("websockets", "pfunix", "mqtt", "nanomsg", "rabbitmq")
"""What is not needed."""


def configure(folder: Path, http: int, video: int, audio: int) -> None:
    """Write what Janus reads at start."""
    plugins, transports = (",".join(f"libjanus_{name}.so" for name in names) for names in (_PLUGINS, _TRANSPORTS))
    (folder / "janus.jcfg").write_text(_GENERAL % (folder, plugins, transports))
    (folder / "janus.transport.http.jcfg").write_text(_HTTP % http)
    streaming = _STREAMING % (MOUNTPOINT, audio, AUDIO, video, VIDEO["H264"])
    (folder / "janus.plugin.streaming.jcfg").write_text(streaming)


@asynccontextmanager
async def janus(room: UUID) -> AsyncIterator[Peer]:
    """On air; the room does not matter. Raises Absent."""
    if not shutil.which("janus"):
        raise Absent("no janus on PATH (apt-get install janus)")
    http, video, audio = free_ports(1), free_ports(1), free_ports(1)
    url = f"http://127.0.0.1:{http}"
    with tempfile.TemporaryDirectory() as folder:
        configure(Path(folder), http, video, audio)
        async with (
            program("janus", "--configs-folder", folder, core=RELAY_CORE, quiet=True) as server,
            module("tests.bench.peers.feed", str(video), str(audio)),
        ):
            await answering(f"{url}/janus/info")
            yield Peer("Janus", server.pid, url, "janus")
