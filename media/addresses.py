"""The addresses of this machine, of both families."""

import ipaddress

import ifaddr

EVERYWHERE = {"0.0.0.0": (4,), "::": (4, 6)}  # noqa: S104 - compared, not bound
"""What a socket bound there answers on, by IP version."""


def reachable(bind: str) -> tuple[str, ...]:
    """Where a socket bound to `bind` is reached on this machine: IPv4 before IPv6, loopback last; link-local ones are
    of no use to a browser, which does not know our zones."""
    versions = EVERYWHERE.get(bind)
    if versions is None:
        return (bind,)
    texts = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    found = {ipaddress.ip_address(text.partition("%")[0]) for text in texts}
    usable = [ip for ip in found if ip.version in versions and not ip.is_link_local]
    return tuple(str(ip) for ip in sorted(usable, key=lambda ip: (ip.is_loopback, ip.version, int(ip))))
