"""Every attack again, through every door: none is called valid, none breaks anything on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest

from tests.hostile import (
    test_data_integrity,
    test_encodings,
    test_json,
    test_jwt,
    test_linked_data,
    test_pictures,
)
from tests.hostile.doors import Shell, Site, through_flow
from tests.hostile.forge import CLEAR, Attack, Attacks


def _files(table: Mapping[str, tuple[Callable[[], bytes], str]]) -> Attacks:
    return {name: partial(_file, make) for name, (make, _) in table.items()}


def _file(make: Callable[[], bytes]) -> Attack:
    return Attack(make(), "", CLEAR)


TABLES: dict[str, Attacks] = {
    "json": test_json.ATTACKS,
    "encodings": test_encodings.ATTACKS,
    "jwt": test_jwt.ATTACKS,
    "data integrity": test_data_integrity.ATTACKS,
    "contexts": test_linked_data.CONTEXTS,
    "members": test_linked_data.MEMBERS,
    "png": _files(test_pictures.PNGS),
    "svg": _files(test_pictures.SVGS),
}
ALL = [f"{table}: {name}" for table, attacks in TABLES.items() for name in attacks]
TOO_LARGE = 413


def attack(name: str) -> Attack:
    table, _, key = name.partition(": ")
    return TABLES[table][key]()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    with made.client:
        yield made


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with pytest.MonkeyPatch.context() as patch:
        yield Shell(tmp_path_factory.mktemp("shell"), patch)


@pytest.mark.parametrize("name", ALL)
def test_no_door_is_open_to(name: str, site: Site, shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    tried = attack(name)
    verdict, _ = through_flow(tried.data, tried.documents)
    assert verdict.outcome != "valid"

    answer = site.ask(tried.data, tried.documents)
    if not tried.data.strip():
        assert answer.status_code == 400
    else:
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["outcome"] == verdict.outcome
        assert (told["credential"] is None) == (verdict.credential is None)

    page = site.page(tried.data, tried.documents)
    assert page.status_code == 200 if tried.data.strip() else page.status_code in (200, 400)
    assert "tone-good" not in page.text
    assert "tone-note" not in page.text

    status, printed = shell.ask(capsys, tried.data, tried.documents)
    assert status in (1, 2)
    assert printed["outcome"] == {1: "invalid", 2: "indeterminate"}[status]


def test_the_doors_are_open_to_a_good_badge(
    site: Site, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test above can fail."""
    for good in (test_pictures.GOOD, test_pictures.TOKEN, test_pictures.GOOD_FILES["a baked PNG"]()):
        assert through_flow(good, CLEAR)[0].outcome == "valid"
        assert site.ask(good, CLEAR).json()["outcome"] == "valid"
        assert "tone-note" in site.page(good, CLEAR).text
        assert shell.ask(capsys, good, CLEAR)[0] == 0


@pytest.mark.parametrize("size", [12_000_001, 20_000_000])
def test_more_than_twelve_megabytes_is_not_even_read(site: Site, size: int) -> None:
    answer = site.ask(b"x" * size)
    assert answer.status_code == TOO_LARGE
    assert answer.json()["code"] == "too_large"
    assert site.page(b"x" * size).status_code == TOO_LARGE


def test_eleven_megabytes_are_read_and_refused(site: Site) -> None:
    for data in (test_pictures.PNGS["of eleven megabytes"][0](), b"{" + b" " * 11_000_000 + b"}"):
        told = site.ask(data).json()
        assert told["outcome"] == "invalid"
        assert told["credential"] is None
