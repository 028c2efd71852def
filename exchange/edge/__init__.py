"""The HTTP edge: decode a request, call one flow, encode its answer. See `application.build_litestar`."""
