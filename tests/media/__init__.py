"""Tests of the relay: real sockets, real ICE, DTLS and SRTP, a real receiver of its webhooks."""
