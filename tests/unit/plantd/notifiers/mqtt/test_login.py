"""The password and TLS, from real files."""

from pathlib import Path
from typing import Optional

import pytest

from plantd.config import MqttConfig
from plantd.notifiers.mqtt.login import password_of, tls_of
from plantd.notifiers.queued import NotDelivered


def config_with(folder: Path, content: Optional[bytes], mode: int = 0o640) -> MqttConfig:
    path = folder / "password"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    return MqttConfig("broker", username="box", password_file=str(path))


def test_its_first_line_is_the_password(tmp_path: Path) -> None:
    assert password_of(config_with(tmp_path, b"a long w\xc3\xb6rd \r\nmore\n")) == "a long wörd "
    assert password_of(MqttConfig("broker")) == ""


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0o640, "mqtt.password_file cannot be read: No such file or directory"),
        (b"word", 0o644, "everybody may read the file of mqtt.password_file; chmod 0640"),
        (b"w\xf6rd", 0o640, "the password of mqtt.password_file is not UTF-8"),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence_without_it(
    tmp_path: Path, content: Optional[bytes], mode: int, told: str
) -> None:
    with pytest.raises(NotDelivered, match=told) as error:
        password_of(config_with(tmp_path, content, mode))
    assert "w\xf6rd" not in str(error.value)


def test_a_file_of_tls_that_is_not_there_or_holds_something_else_is_one_sentence(
    tmp_path: Path,
) -> None:
    with pytest.raises(NotDelivered, match=r"mqtt\.ca_file cannot be read: No such file"):
        tls_of(MqttConfig("broker", tls=True, ca_file=str(tmp_path / "ca.pem")))
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(NotDelivered, match=r"mqtt\.ca_file holds not what it should"):
        tls_of(MqttConfig("broker", tls=True, ca_file=str(tmp_path / "ca.pem")))
    with pytest.raises(
        NotDelivered, match=r"mqtt\.cert_file .* expected a certificate and its key"
    ):
        tls_of(MqttConfig("broker", tls=True, cert_file=str(tmp_path / "ca.pem")))
