"""Mail: what goes over the wire to a real server, and what becomes of everything a server can say."""

from __future__ import annotations

import io
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.adapters import mail
from exchange.adapters.mail import Console, Smtp, build_message, open_mailer
from exchange.errors import ExchangeError, InputError, RefusedError, UnavailableError
from exchange.flows.records import Letter
from exchange.settings import Settings
from tests.adapters.evil import Authority
from tests.adapters.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.anyio

SENDER = "Zoë’s Badges <badges@acme.internal>"
LETTER = Letter(
    "7f1c",
    "ann@people.internal",
    datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    "en",
    "You have earned “Żółw”",
    "Hello Zoë\n.\nFrom here on\n" + "long " * 400 + "\n",
    '<!doctype html><html lang="en"><body><p>Hello Zoë</p></body></html>\n',
)


def smtp(
    mailbox: Mailbox, scheme: str = "smtp", login: str = "", host: str = "127.0.0.1", **more: object
) -> Smtp:
    return Smtp(f"{scheme}://{login}{host}:{mailbox.port}", SENDER, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "127.0.0.1", "0.0.0.0")


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with smtp_server(Mailbox()) as box:
        await smtp(box).send(LETTER)
    ((envelope, got),) = box.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("badges@acme.internal", ["ann@people.internal"])
    assert got["Subject"] == LETTER.subject
    assert str(got["From"]) == SENDER
    assert got["Message-ID"] == "<7f1c@acme.internal>"
    assert got["Date"].datetime == LETTER.at
    assert (got["Auto-Submitted"], got["Content-Language"]) == ("auto-generated", "en")
    text, html = (got.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert text.replace("\r\n", "\n") == LETTER.text
    assert html.replace("\r\n", "\n") == LETTER.html


async def test_a_repeat_is_byte_for_byte_the_same() -> None:
    async with smtp_server(Mailbox()) as box:
        for _ in range(2):
            await smtp(box).send(LETTER)
    first, second = (envelope.original_content for envelope, _ in box.mails)
    assert first == second


@pytest.mark.parametrize(
    "fault",
    [
        {"to": "ann@people.internal\r\nBcc: eve@evil.internal"},
        {"to": "ann@people.internal\nBcc: eve@evil.internal"},
        {"to": "ann@people.internal>\r\nRCPT TO:<eve@evil.internal"},
        {"to": "ann@people.internal,eve@evil.internal"},
        {"to": "Ann <ann@people.internal>"},
        {"to": '"ann\r\n"@people.internal'},
        {"to": "ann\x00@people.internal"},
        {"to": "ann"},
        {"to": ""},
        {"subject": "Earned\r\nBcc: eve@evil.internal"},
        {"subject": "Earned\nBcc: eve@evil.internal"},
        {"subject": "Earned\r\n\r\nAnother body"},
        {"subject": "Earned\u2028Bcc: eve@evil.internal"},
        {"subject": "Earned \x1b[2J"},
        {"subject": "Earned \u202eknaB"},
    ],
)
async def test_no_header_can_be_smuggled_in_and_nothing_is_sent(fault: dict[str, str]) -> None:
    out = io.StringIO()
    async with smtp_server(Mailbox()) as box:
        for mailer in (smtp(box), Console(out=out)):
            with pytest.raises(InputError) as refused:
                await mailer.send(replace(LETTER, **fault))
            assert refused.value.code in ("address_malformed", "header_malformed")
    assert box.mails == []
    assert out.getvalue() == ""


@pytest.mark.parametrize("name", ["Badges\r\nBcc: eve@evil.internal", "Badges\nX: y"])
def test_a_sender_of_two_lines_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        build_message(LETTER, f"{name} <badges@acme.internal>")


async def test_an_international_domain_is_written_in_ascii() -> None:
    async with smtp_server(Mailbox()) as box:
        await smtp(box).send(replace(LETTER, to="ann@Straße.internal"))
    ((envelope, got),) = box.mails
    assert envelope.rcpt_tos == ["ann@xn--strae-oqa.internal"]
    assert got["To"] == "ann@xn--strae-oqa.internal"


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    letter = replace(LETTER, to="zoë@people.internal")
    async with smtp_server(Mailbox(), enable_SMTPUTF8=True) as box:
        await smtp(box).send(letter)
    assert [envelope.rcpt_tos for envelope, _ in box.mails] == [["zoë@people.internal"]]
    async with smtp_server(Mailbox()) as old:
        with pytest.raises(RefusedError):
            await smtp(old).send(letter)
    assert old.mails == []


ANSWERS = {
    "no such mailbox": ("rcpt", "550 5.1.1 No such mailbox", RefusedError),
    "greylisted": ("rcpt", "450 4.2.0 Come again", UnavailableError),
    "mailbox full": ("rcpt", "452 4.2.2 Full", UnavailableError),
    "spam": ("answer", "554 5.7.1 Spam", RefusedError),
    "no room": ("answer", "452 4.3.1 Out of disk", UnavailableError),
    "dropped": ("answer", "drop", UnavailableError),
    "a lie of a code": ("answer", "999 what", RefusedError),
}


@pytest.mark.parametrize(("where", "said", "error"), ANSWERS.values(), ids=ANSWERS)
async def test_what_a_server_says_is_final_or_not(where: str, said: str, error: type[ExchangeError]) -> None:
    box = Mailbox(**{where: lambda *_: said})
    async with smtp_server(box):
        with pytest.raises(error) as refused:
            await smtp(box).send(LETTER)
    if said != "drop":
        assert said[4:] in refused.value.message


async def test_a_sender_that_the_server_does_not_like_is_for_us_to_mend() -> None:
    async with smtp_server(Mailbox(sender="550 5.7.1 Not yours")) as box:
        with pytest.raises(UnavailableError, match="Not yours"):
            await smtp(box).send(LETTER)


async def test_a_server_that_is_silent_or_away_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.2)
    async with smtp_server(Mailbox(answer=lambda *_: "hang")) as box:
        with pytest.raises(UnavailableError):
            await smtp(box).send(LETTER)
    with pytest.raises(UnavailableError) as away:
        await smtp(box).send(LETTER)
    assert f"127.0.0.1:{box.port}" in away.value.message


async def test_encryption_from_the_first_byte_and_a_sign_in(authority: Authority) -> None:
    login = "team%40acme:p%40ss%2Fword@"
    async with smtp_server(Mailbox(), tls=authority.server, auth=True, require_starttls=False) as box:
        mailer = smtp(box, "smtps", login, tls=authority.client)
        await mailer.send(LETTER)
        assert "(encrypted, signed in as team@acme)" in await mailer.check()
    assert len(box.mails) == 1


async def test_encryption_by_starttls_and_a_sign_in(authority: Authority) -> None:
    async with starttls(authority) as box:
        mailer = smtp(box, "smtp", "team%40acme:p%40ss%2Fword@", "0.0.0.0", tls=authority.client)
        await mailer.send(LETTER)
        assert "(encrypted, signed in as team@acme)" in await mailer.check()
        wrong = smtp(box, "smtp", "team%40acme:wrong@", "0.0.0.0", tls=authority.client)
        for act in (wrong.check(), wrong.send(LETTER)):
            with pytest.raises(UnavailableError) as refused:
                await act
            assert "does not take mail: 535" in refused.value.message
            assert "wrong" not in refused.value.message
    assert len(box.mails) == 1


def starttls(authority: Authority) -> AbstractAsyncContextManager[Mailbox]:
    return smtp_server(Mailbox(), starttls=authority.server, auth=True)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_server_that_is_not_who_it_should_be_gets_no_password_and_no_mail(
    authority: Authority, scheme: str
) -> None:
    tls = {"tls": authority.server} if scheme == "smtps" else {"starttls": authority.server}
    async with smtp_server(Mailbox(), **tls) as box:  # type: ignore[arg-type]
        with pytest.raises(UnavailableError, match="certificate verify failed"):
            await smtp(box, scheme, "team:secret@", "0.0.0.0").send(LETTER)
    assert box.mails == []


async def test_without_starttls_nothing_is_sent_to_another_machine() -> None:
    async with smtp_server(Mailbox()) as box:
        with pytest.raises(UnavailableError, match="STARTTLS"):
            await smtp(box, host="0.0.0.0").send(LETTER)
        assert box.mails == []
        await smtp(box, "smtp+plain", host="0.0.0.0").send(LETTER)
        assert "(not encrypted)" in await smtp(box, "smtp+plain", host="0.0.0.0").check()
    assert len(box.mails) == 1


@pytest.mark.parametrize("domain", ["example.org", "mail.example.com", "acme.test", "a.example", "localhost"])
async def test_what_is_for_an_example_is_shown_here_and_never_sent(domain: str) -> None:
    out = io.StringIO()
    async with smtp_server(Mailbox()) as box:
        await smtp(box, out=out).send(replace(LETTER, to=f"ann@{domain}"))
    assert box.mails == []
    assert f"To: ann@{domain}" in out.getvalue()


async def test_the_console_shows_the_whole_mail(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings = Settings.from_environ({"EXCHANGE_HOME": str(tmp_path)}, checkout=True)
    mailer = open_mailer(settings)
    await mailer.send(LETTER)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "To: ann@people.internal\nSubject: You have earned “Żółw”\n" in shown.err
    assert LETTER.text in shown.err
    assert "EXCHANGE_SMTP_URL is not set" in await mailer.check()


async def test_a_server_in_the_settings_is_used() -> None:
    async with smtp_server(Mailbox()) as box:
        given = {"EXCHANGE_SMTP_URL": f"smtp://127.0.0.1:{box.port}", "EXCHANGE_MAIL_FROM": "b@acme.internal"}
        await open_mailer(Settings.from_environ(given, checkout=True)).send(LETTER)
    assert [envelope.mail_from for envelope, _ in box.mails] == ["b@acme.internal"]
