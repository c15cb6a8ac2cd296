"""Small files, right in their formats, for answers of which a document says no more than the media type.

They are the same always and everywhere: made of constants, without a time or a name in them.
"""

from __future__ import annotations

import base64
import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from mockserver.document.media_types import essence_of, is_json, is_sequence

_TEXT: Final = "This is a sample.\n"
_WIDTH: Final = 16
"""Pixels of a sample's side."""


def _png() -> bytes:
    """A small coloured square (W3C PNG, section 5)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + b"\x2f\x6f\xde" * _WIDTH
    head = struct.pack(">IIBBBBB", _WIDTH, _WIDTH, 8, 2, 0, 0, 0)
    packed = zlib.compress(row * _WIDTH, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _bmp() -> bytes:
    pixels = b"\xde\x6f\x2f" * _WIDTH * _WIDTH
    head = struct.pack("<IiiHHIIiiII", 40, _WIDTH, _WIDTH, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + head + pixels


def _icon() -> bytes:
    image = _png()
    return (
        struct.pack("<HHH", 0, 1, 1)
        + struct.pack("<BBBBHHII", _WIDTH, _WIDTH, 0, 0, 1, 24, len(image), 22)
        + image
    )


def _tiff() -> bytes:
    """One grey pixel, uncompressed (TIFF 6.0, section 4)."""
    fields = [
        (256, 4, 1), (257, 4, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, 1), (279, 4, 1),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    return (
        b"II*\0" + struct.pack("<I", 10) + b"\x80\0" + struct.pack("<H", len(fields)) + entries + b"\0\0\0\0"
    )


def _jpeg() -> bytes:
    """A grey square: four blocks whose differences are all nought (ITU-T T.81, annex B)."""

    def segment(marker: int, data: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data

    one_code = bytes([1, *[0] * 15, 0])  # one code of one bit, for the symbol 0
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        + segment(0xDB, b"\0" + b"\x10" * 64)
        + segment(0xC0, struct.pack(">BHHBBBB", 8, _WIDTH, _WIDTH, 1, 1, 0x11, 0))
        + segment(0xC4, b"\0" + one_code)
        + segment(0xC4, b"\x10" + one_code)
        + segment(0xDA, b"\1\1\0\0\x3f\0")
        + b"\0\xff\xd9"
    )


def _wav() -> bytes:
    """A tenth of a second of silence, 8 kHz, 8 bits."""
    data = b"\x80" * 800
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVE"
        + head
        + struct.pack("<4sI", b"data", len(data))
        + data
    )


def _mp3() -> bytes:
    """Four frames of silence: MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono."""
    return (b"\xff\xfb\x90\xc4" + bytes(413)) * 4


def _mp4() -> bytes:
    """A file type box and an empty media data box (ISO/IEC 14496-12)."""
    return struct.pack(">I", 24) + b"ftypisom\0\0\2\0isommp41" + struct.pack(">I", 8) + b"mdat"


def _pdf() -> bytes:
    """One page with a line of text (ISO 32000-1, section 7.5)."""
    drawing = b"BT /F1 18 Tf 72 720 Td (This is a sample.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + tail


def _zip_of(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return stream.getvalue()


def _zip() -> bytes:
    return _zip_of({"sample.txt": _TEXT})


def _office(part: str, kind: str, content: str) -> Callable[[], bytes]:
    """Return a maker of an Office Open XML file with one part (ECMA-376 part 2)."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    base = "http://schemas.openxmlformats.org"
    types = (
        f'{head}<Types xmlns="{base}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/>'
        "</Types>"
    )
    relations = (
        f'{head}<Relationships xmlns="{base}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{base}/officeDocument/2006/relationships/officeDocument" Target="{part}"/></Relationships>'
    )
    return lambda: _zip_of({"[Content_Types].xml": types, "_rels/.rels": relations, part: head + content})


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("sample.txt")
        entry.size = len(_TEXT)
        archive.addfile(entry, io.BytesIO(_TEXT.encode()))
    return stream.getvalue()


def _gzip() -> bytes:
    return gzip.compress(_TEXT.encode(), mtime=0)


def _constant(text: str) -> Callable[[], bytes]:
    return lambda: base64.b64decode(text)


_GIF: Final = _constant("R0lGODlhAQABAPAAAC9v3v///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
_WEBP: Final = _constant("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAUAmJaQAA3AA/v02aAA=")
_WORD: Final = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    "<w:t>This is a sample.</w:t></w:r></w:p></w:body></w:document>"
)

SAMPLES: Final[Mapping[str, str | Callable[[], bytes]]] = {
    "application/epub+zip": _zip,
    "application/gzip": _gzip,
    "application/java-archive": _zip,
    "application/javascript": 'console.log("This is a sample.");\n',
    "application/jose": "eyJhbGciOiJub25lIn0.e30.",
    "application/jwt": "eyJhbGciOiJub25lIn0.e30.",
    "application/octet-stream": _TEXT.encode,
    "application/pdf": _pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _office(
        "word/document.xml", "wordprocessingml.document", _WORD
    ),
    "application/x-gzip": _gzip,
    "application/x-tar": _tar,
    "application/x-zip-compressed": _zip,
    "application/xhtml+xml": '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Sample</title></head>'
    "<body><p>This is a sample.</p></body></html>\n",
    "application/xml": "<sample>This is a sample.</sample>\n",
    "application/zip": _zip,
    "audio/mpeg": _mp3,
    "audio/mp3": _mp3,
    "audio/wav": _wav,
    "audio/wave": _wav,
    "audio/x-wav": _wav,
    "image/bmp": _bmp,
    "image/gif": _GIF,
    "image/jpeg": _jpeg,
    "image/jpg": _jpeg,
    "image/png": _png,
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">'
    '<rect width="16" height="16" fill="#2f6fde"/></svg>\n',
    "image/tiff": _tiff,
    "image/vnd.microsoft.icon": _icon,
    "image/webp": _WEBP,
    "image/x-icon": _icon,
    "text/calendar": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mockserver//EN\r\nBEGIN:VEVENT\r\n"
    "UID:1@example.com\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250101T090000Z\r\nSUMMARY:Sample\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "text/css": "body { color: #2f6fde; }\n",
    "text/csv": "id,name\r\n1,Sample\r\n",
    "text/event-stream": "data: This is a sample.\n\n",
    "text/html": '<!DOCTYPE html>\n<html lang="en"><head><title>Sample</title></head>'
    "<body><p>This is a sample.</p></body></html>\n",
    "text/javascript": 'console.log("This is a sample.");\n',
    "text/markdown": "# Sample\n\nThis is a sample.\n",
    "text/plain": _TEXT,
    "text/tab-separated-values": "id\tname\r\n1\tSample\r\n",
    "text/vcard": "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Sample\r\nEND:VCARD\r\n",
    "text/xml": "<sample>This is a sample.</sample>\n",
    "video/mp4": _mp4,
}
"""Media type -> a text, or what makes the bytes."""

_BINARY_KINDS: Final = frozenset({"audio", "font", "image", "model", "video"})


@lru_cache(maxsize=256)
def sample(name: str) -> bytes | str | None:
    """Return a body of a media type: bytes, or a text; None for those that a schema describes, such as JSON.

    Types that are not known have the bytes of `application/octet-stream` where their kind is no text.
    """
    essence = essence_of(name)
    found = SAMPLES.get(essence)
    if found is None:
        if is_json(essence) or is_sequence(essence) or essence.endswith(("+xml", "+yaml")):
            return None
        kind = essence.partition("/")[0]
        if essence.endswith("+zip"):
            found = _zip
        elif kind == "text":
            found = _TEXT
        elif kind in _BINARY_KINDS or (kind == "application" and is_opaque(essence)):
            found = _TEXT.encode
    return found if isinstance(found, str) or found is None else found()


@lru_cache(maxsize=256)
def is_file_type(name: str) -> bool:
    """Return whether a media type is that of a file in a known format, whatever a schema says of it."""
    essence = essence_of(name)
    if essence == "application/octet-stream":
        return False
    return essence.partition("/")[0] in _BINARY_KINDS or callable(SAMPLES.get(essence))


def is_opaque(essence: str) -> bool:
    """Return whether an application's media type is known to hold no text."""
    return essence.startswith(("application/vnd.ms-", "application/vnd.openxmlformats-", "application/x-"))
