"""The fields of a form, in either encoding that browsers have."""

from __future__ import annotations

from litestar.datastructures import UploadFile

from exchange.edge.http.replies import AnyRequest
from exchange.errors import InputError


async def read_form(request: AnyRequest) -> tuple[dict[str, str], dict[str, UploadFile]]:
    """Its texts, without the space around them, and its files. InputError("form_malformed")."""
    try:
        form = await request.form()
    except (ValueError, LookupError) as error:
        raise InputError(
            "form_malformed", "The form could not be read: a field is no text in UTF-8."
        ) from error
    texts = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    files = {name: value for name, value in form.items() if isinstance(value, UploadFile)}
    return texts, files
