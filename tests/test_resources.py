"""The folders of data are found where they are, and missed loudly where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange import resources
from exchange.errors import UnavailableError


@pytest.mark.parametrize(
    ("name", "file"), [("schemas", "manifest.json"), ("issuers", "atlas/issuer.toml"), ("web", "templates")]
)
def test_folder_is_found_as_an_absolute_path(name: str, file: str) -> None:
    folder = resources.data_path(name)  # type: ignore[arg-type]
    assert folder.is_absolute()
    assert (folder / file).exists()


def test_folder_inside_an_installed_package_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "exchange" / "_shipped" / "web"
    shipped.mkdir(parents=True)
    (tmp_path / "web").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "exchange")
    assert resources.data_path("web") == shipped


def test_folder_that_was_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "exchange")
    with pytest.raises(UnavailableError) as caught:
        resources.data_path("web")
    assert caught.value.code == "resources_missing"
