"""The fields of a form, in either encoding that browsers have."""

from __future__ import annotations

from litestar.datastructures import UploadFile

from exchange.edge.http.replies import AnyRequest
from exchange.errors import InputError

MAX_FIELDS = 1_000
"""Of a form without files: a few megabytes of `a=b&` take seconds to take apart, and no form of ours has as
many. Of those with files, `multipart_form_part_limit` says how many parts they have."""
_ENCODED = "application/x-www-form-urlencoded"


async def read_form(request: AnyRequest) -> tuple[dict[str, str], dict[str, UploadFile]]:
    """Its texts, without the space around them, and its files. InputError("form_malformed")."""
    if request.content_type[0] == _ENCODED and (await request.body()).count(b"&") >= MAX_FIELDS:
        raise InputError("form_malformed", "The form has more fields than any of ours.")
    try:
        form = await request.form()
    except (ValueError, LookupError) as error:
        raise InputError(
            "form_malformed", "The form could not be read: a field is no text in UTF-8."
        ) from error
    texts = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    files = {name: value for name, value in form.items() if isinstance(value, UploadFile)}
    return texts, files
