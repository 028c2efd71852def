"""Reads catalogues from disk and writes them, and says in which line of which file something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from exchange.adapters.catalogues.badge_scene import uncovered
from exchange.adapters.catalogues.clean_pictures import MAX_UPLOAD
from exchange.adapters.catalogues.given_pictures import make_picture
from exchange.adapters.catalogues.toml_files import Fault, line_of, parse_toml, read_text
from exchange.core.catalogues.catalogue import (
    Catalogue,
    build_catalogue,
    check_catalogue,
    check_slug,
    read_images,
)
from exchange.core.catalogues.picture import Given, Picture
from exchange.errors import ConflictError, InputError

_MODEL = Path(__file__).parent / "new_catalogue"
_MODEL_NAME = "My learning team"


def load_catalogues(folder: Path) -> list[Catalogue]:
    """The catalogue of each folder in `folder`, by name; folders that begin with a dot are passed over.

    InputError("catalogue_malformed"): every fault in every file, one a line, as `issuers/x/y.toml:12: …`; and
    when there is no catalogue at all.
    """
    if (folder / "issuer.toml").is_file():
        said = f"{folder} is a catalogue itself; name the folder it is in, {folder.resolve().parent}."
        raise InputError("catalogue_malformed", said)
    names = sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())
    if not names:
        raise InputError("catalogue_malformed", f"{folder} holds no folder with a catalogue in it.")
    faults: list[str] = []
    catalogues: list[Catalogue] = []
    for name in names:
        catalogue, found = _load(folder / name)
        faults += [f"{folder.name}/{name}/{file}:{line}: {message}" for file, line, message in found]
        if catalogue is not None:
            catalogues.append(catalogue)
    if faults:
        raise InputError("catalogue_malformed", "\n".join(faults))
    return catalogues


def _load(folder: Path) -> tuple[Catalogue | None, list[Fault]]:
    """The catalogue in one folder, or what is wrong with it: forms first, then pictures."""
    texts = _read(folder)
    tables, faults = parse_toml(texts)
    faults = faults or [
        (file, line_of(texts.get(file, ""), finding.at), finding.message)
        for file, findings in check_catalogue(folder.name, tables).items()
        for finding in findings
    ]
    if faults:
        return None, faults
    pictures, faults = _pictures(folder, texts, tables)
    return None if faults else build_catalogue(folder.name, tables, pictures), faults


def new_catalogue(folder: Path) -> dict[str, bytes]:
    """Make a new catalogue in `folder`, whose name becomes the issuer's; the files it has.

    InputError("slug_malformed"), ConflictError("folder_exists").
    """
    for fault in check_slug(folder.name, "folder"):
        raise InputError(fault.code, fault.message)
    name = folder.name.replace("-", " ").capitalize()
    files = {
        path.relative_to(_MODEL).as_posix(): path.read_text("utf-8").replace(_MODEL_NAME, name).encode()
        for path in sorted(_MODEL.rglob("*.toml"))
    }
    save_catalogue(folder, files)
    return files


def save_catalogue(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of one catalogue into a new folder: all of them, or nothing.

    ConflictError("folder_exists") when something is there already: what a person wrote is never replaced.
    """
    if folder.exists():
        raise ConflictError("folder_exists", f"{folder} is there already; name a place where it is not.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder.parent) as drafts:
        draft = Path(drafts) / folder.name
        for name, body in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(body)
        draft.rename(folder)


def _pictures(
    folder: Path, texts: Mapping[str, str], tables: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Picture], list[Fault]]:
    """The pictures that are given and not drawn, by badge, and what is wrong with any image."""
    pictures: dict[str, Picture] = {}
    faults: list[Fault] = []
    for slug, image in read_images(tables).items():
        file = f"badges/{slug}.toml" if slug else "issuer.toml"
        errors: list[InputError] = []
        if isinstance(image, Given):
            try:
                pictures[slug] = _picture(folder / "images", image, tables[file]["name"])
            except InputError as error:
                errors.append(error)
        else:
            errors += uncovered(image)
        faults += [(file, line_of(texts[file], f"/image/{error.at}"), error.message) for error in errors]
    return pictures, faults


def _picture(images: Path, given: Given, title: str) -> Picture:
    raster = _image_file(images, given.file, "file")
    svg = _image_file(images, given.svg, "svg") if given.svg else None
    return make_picture(title, given.alt, raster, svg)


def _image_file(images: Path, name: str, at: str) -> bytes:
    """The bytes of an image; one byte over the limit is enough to be refused by it."""
    try:
        with (images / name).open("rb") as file:
            return file.read(MAX_UPLOAD + 1)
    except OSError as error:
        raise InputError(
            "picture_unreadable", f"images/{name} cannot be read: {error.strerror}.", at
        ) from None


def _read(folder: Path) -> dict[str, str]:
    """The texts of the files of one catalogue, by their names in it."""
    paths = [folder / "issuer.toml", folder / "policy.toml", *sorted((folder / "badges").glob("*.toml"))]
    there = [path for path in paths if path.is_file()]
    return {path.relative_to(folder).as_posix(): read_text(path, "catalogue_malformed") for path in there}
