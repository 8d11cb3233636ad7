"""HTTPS for phones on the same network: our own certificate authority on disk and a certificate for this machine."""

import socket
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import ifaddr
import trustme
from cryptography import x509

from backend.kit import clock

LONGEST_LEAF = timedelta(days=397)  # what phones accept
RENEW_BEFORE = timedelta(days=30)
SOMEWHERE = ("192.0.2.1", 9)  # reserved for documentation: nothing is sent, the kernel only picks the interface


def addresses() -> list[str]:
    """List this machine's IPv4 addresses on its networks, the one of the default route first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no route: no network
    found += [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return list(dict.fromkeys(address for address in found if not address.startswith("127.")))


def names() -> list[str]:
    """List what phones and this machine call this machine."""
    host = socket.gethostname().split(".")[0].lower()
    return ["localhost", "127.0.0.1", "::1", *addresses(), host, f"{host}.local"]


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Answer (authority, certificate, key) as PEM files, made or renewed as needed; the authority stays the same."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    authority_file, certificate, key = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    authority = _authority(authority_file, folder / "ca-key.pem")
    wanted = names()
    if not (key.exists() and _good(certificate, wanted, clock.now())):
        now = clock.now()
        leaf = authority.issue_cert(*wanted, not_before=now - timedelta(days=1),
                                    not_after=now + LONGEST_LEAF - timedelta(days=1))
        leaf.private_key_pem.write_to_path(str(key))
        certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    return authority_file, certificate, key


def trusted(folder: Path, environ: Mapping[str, str]) -> Path:
    """Write one file with our authority and those the machine trusts anyway: parts call each other and the world."""
    usual = environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    bundle = folder / "trusted.pem"
    others = Path(usual).read_bytes() if usual and Path(usual).is_file() else b""
    bundle.write_bytes((folder / "ca.pem").read_bytes() + others)
    return bundle


def _authority(certificate: Path, key: Path) -> trustme.CA:
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    authority = trustme.CA(organization_name=f"Wake on {socket.gethostname()}")
    authority.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(certificate))
    return authority


def _good(path: Path, wanted: list[str], now: datetime) -> bool:
    """Tell whether the certificate names this machine as it is now and lasts a while."""
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = {*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))}
    return set(wanted) <= named and certificate.not_valid_after_utc - now > RENEW_BEFORE
