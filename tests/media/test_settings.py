"""The environment is read once, its faults are told together, and TLS is served when there is a certificate."""

import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from media.settings import Settings, SettingsFault
from tests.media.server import RelayProcess

SECRET = "s" * 32


def test_little_has_to_be_said(tmp_path: Path) -> None:
    settings = Settings.load({"MEDIA_SECRET": SECRET, "MEDIA_DATA": str(tmp_path)})
    assert (settings.http_port, settings.udp_port, settings.bind) == (8001, 8001, "127.0.0.1")
    assert settings.addresses == ("127.0.0.1",)
    assert settings.spool == tmp_path / "spool"


def test_all_faults_are_told_together() -> None:
    environ = {
        "MEDIA_BIND": "here",
        "MEDIA_UDP_PORT": "70000",
        "MEDIA_CERT": "/nowhere",
        "MEDIA_WEBHOOK_URL": "ftp://x",
        "MEDIA_TURN_URLS": "turn:x, http://y",
        "MEDIA_METRICS_SECRET": "short",
        "MEDIA_GRACE": "for ever",
    }
    with pytest.raises(SettingsFault) as told:
        Settings.load(environ)
    assert len(told.value.faults) == 10


def test_a_relay_for_the_network_tells_the_machines_addresses_loopback_last() -> None:
    environ = {"MEDIA_SECRET": SECRET, "MEDIA_BIND": "0.0.0.0"}  # noqa: S104 - read, not bound
    settings = Settings.load(environ)
    assert settings.addresses[-1] == "127.0.0.1"
    assert not any(":" in address for address in settings.addresses)
    both = Settings.load(environ | {"MEDIA_BIND": "::"}).addresses
    assert set(settings.addresses) <= set(both)
    assert not any(address.startswith("fe80") for address in both)
    settings = Settings.load(environ | {"MEDIA_ADDRESSES": "192.0.2.1, 10.0.0.1"})
    assert settings.addresses == ("192.0.2.1", "10.0.0.1")


async def test_https_when_there_is_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    relay = RelayProcess(tmp_path / "relay", "http://127.0.0.1:9/", tls=context)
    await relay.start(MEDIA_CERT=str(tmp_path / "cert.pem"), MEDIA_KEY=str(tmp_path / "key.pem"))
    async with httpx.AsyncClient(verify=context, trust_env=False) as http:
        assert (await http.get(f"{relay.url}/health")).json()["status"] == "ok"
    await relay.stop()
