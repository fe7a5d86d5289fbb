"""A service that speaks TLS speaks nothing weaker, and nothing else."""

import ssl
from pathlib import Path

import httpx
import pytest
from certified import a_certificate
from running import ANY_AGE, a_free_port, give_key, running

from serving.run import Listening, serve_arguments, serve_environment

ROOT = Path(__file__).parents[2]
# By OpenSSL's names: no forward secrecy, no authenticated encryption, neither.
WEAK = ("AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA256", "AES128-SHA")


def a_caller(certificate, *, newest=ssl.TLSVersion.TLSv1_3, ciphers=None):
    """What a caller speaks TLS by, who trusts that certificate alone."""
    context = ssl.create_default_context(cafile=certificate)
    if newest < ssl.TLSVersion.TLSv1_2:
        context.minimum_version = newest
    context.maximum_version = newest
    if ciphers:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    return context


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_from_end_to_end(workspace, tmp_path):
    """Its certificate is verified, plain HTTP is no answer, and weak handshakes fail."""
    port, tls = a_free_port(), a_certificate(tmp_path)
    where = Listening(port=port, tls=tls)
    environment = serve_environment(workspace, where) | ANY_AGE | {"PYTHONPATH": str(ROOT)}
    key, base = give_key(workspace), f"https://127.0.0.1:{port}"
    started = running(
        serve_arguments(where),
        environment,
        tmp_path,
        port,
        key=key,
        tls=a_caller(tls.certificate),
    )
    with started as (client, _):
        score = client.post("/v1/score", json={"customer_id": 1})
        assert score.status_code == 200
        assert "max-age" in score.headers["strict-transport-security"]
        twelve = a_caller(tls.certificate, newest=ssl.TLSVersion.TLSv1_2)
        assert httpx.get(f"{base}/v1/health", verify=twelve).status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{base}/v1/health", verify=ssl.create_default_context())
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{port}/v1/health")
        weak = [
            a_caller(tls.certificate, newest=ssl.TLSVersion.TLSv1_1, ciphers="ALL"),
            *(
                a_caller(tls.certificate, newest=ssl.TLSVersion.TLSv1_2, ciphers=each)
                for each in WEAK
            ),
        ]
        for caller in weak:
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{base}/v1/health", verify=caller)
