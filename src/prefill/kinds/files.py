"""Kinds that are files kept elsewhere: file, photo, signature. A value is a reference, never the content."""

from __future__ import annotations

import re

from prefill.kinds.base import TOO_LONG, Kind, Unreadable, clean, fold, is_missing, is_placeholder, show_plain
from prefill.kinds.lists import CodeList

_URL = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^\s/<>\"'`\\{}|^]+(?:/[^\s<>\"'`\\{}|^]*)?")
_PATH = re.compile(r"[^\x00-\x1f\\:<>\"|?*/~. ][^\x00-\x1f\\:<>\"|?*]*")
_DIGEST = re.compile(r"(?:urn:uuid|urn:oid|sha256|sha1|md5|cid|id):[0-9A-Za-z._-]{1,128}")
_CLIMBS = re.compile(r"(?:^|/)(?:\.|%2[Ee]){1,2}(?:/|$)")
_IMAGES = frozenset(("jpg", "jpeg", "jpe", "png", "bmp", "gif", "webp", "tif", "tiff", "heic", "heif", "avif"))
_ENDING = re.compile(r"[^/]\.([0-9A-Za-z]{1,8})$")


def read_file(raw: object, codes: CodeList | None = None) -> str | None:
    """A reference to a file: a name or relative path, an http address, or a digest such as `sha256:…`.

    Absolute paths, paths that climb (`..`) and other schemes are refused, so that no page can be made to
    read a file of the machine that draws it. The content itself is refused too.

    >>> read_file("2026/户口簿.pdf"), read_file("https://example.org/a.pdf"), read_file("无")
    ('2026/户口簿.pdf', 'https://example.org/a.pdf', None)
    >>> read_file("file:///etc/hosts")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a file name, a relative path, an http address or a digest
    """
    if not isinstance(raw, str):
        if is_missing(raw):
            return None
        raise Unreadable("must be the text of a reference, not the file itself")
    if len(raw) > 1000:
        raise Unreadable(TOO_LONG)
    text = clean(raw)
    if is_placeholder(fold(text)):
        return None
    if _CLIMBS.search(text) or not any(form.fullmatch(text) for form in (_PATH, _URL, _DIGEST)):
        raise Unreadable("not a file name, a relative path, an http address or a digest")
    return text


def read_photo(raw: object, codes: CodeList | None = None) -> str | None:
    """A reference to a picture; where it is a name with an ending, that of a picture.

    >>> read_photo("photos/7f3a.jpg")
    'photos/7f3a.jpg'
    >>> read_photo("photos/7f3a.exe")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a picture, by the ending of its name
    """
    text = read_file(raw)
    if text is None or ":" in text:
        return text
    ending = _ENDING.search(text)
    if ending is not None and ending[1].lower() not in _IMAGES:
        raise Unreadable("not a picture, by the ending of its name")
    return text


KINDS = (
    Kind("file", read_file, show_plain),
    Kind("photo", read_photo, show_plain),
    Kind("signature", read_photo, show_plain),
)
