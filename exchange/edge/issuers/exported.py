"""The files of one achievement, as one download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from litestar import Response

from exchange.edge.http.replies import AnyRequest, reply


def exported(request: AnyRequest, badge: str, files: Mapping[str, bytes]) -> Response[bytes]:
    """TOML where that is all, else a ZIP with the folders of a catalogue."""
    if len(files) == 1:
        body, kind, media_type = next(iter(files.values())), "toml", "application/toml"
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        body, kind, media_type = packed.getvalue(), "zip", "application/zip"
    headers = {"content-disposition": f'attachment; filename="{badge}.{kind}"'}
    return reply(request, body, media_type, cache="no-store", headers=headers)
