"""Small image files written byte by byte: EXIF data, and headers that promise too much."""

import struct
import zlib
from collections.abc import Mapping


def exif(orientation: int, order: str = "<") -> bytes:
    """A TIFF directory with one field, the orientation."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    fields = struct.pack(f"{order}H", 1) + struct.pack(f"{order}HHIHH", 274, 3, 1, orientation, 0)
    return start + struct.pack(f"{order}I", 8) + fields + struct.pack(f"{order}I", 0)


def jpeg_with_exif(jpeg: bytes, data: bytes) -> bytes:
    """The JPEG with an APP1 segment behind its first marker."""
    body = b"Exif\0\0" + data
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def png(width: int, height: int, bits: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """A PNG whose rows are given uncompressed, or are missing."""
    start = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", start) + png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunks + png_chunk(b"IEND", b"")


def png_with_exif(data: bytes, exif_data: bytes) -> bytes:
    """The PNG with an eXIf chunk behind its first."""
    return data[:33] + png_chunk(b"eXIf", exif_data) + data[33:]


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP file of the chunks given."""
    body = b"WEBP"
    for kind, content in chunks:
        body += kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_extended(width: int, height: int, flags: int) -> tuple[bytes, bytes]:
    """The chunk that states canvas and contents."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sides


def webp_with_exif(simple: bytes, size: tuple[int, int], exif_data: bytes) -> bytes:
    """An extended WebP around the picture of a simple one."""
    (length,) = struct.unpack_from("<I", simple, 16)
    picture = simple[12:16], simple[20 : 20 + length]
    return webp(webp_extended(*size, flags=0x08), picture, (b"EXIF", exif_data))


def tiff(fields: Mapping[int, tuple[int, ...]], order: str = "<", following: int = 0) -> bytes:
    """A TIFF directory without pixels; every value is a 32-bit number."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    entries, beyond = b"", b""
    at = 8 + 2 + 12 * len(fields) + 4
    for number, values in fields.items():
        packed = struct.pack(f"{order}{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack(f"{order}I", at + len(beyond))
        entries += struct.pack(f"{order}HHI", number, 4, len(values)) + place
        beyond += packed if len(values) > 1 else b""
    count = struct.pack(f"{order}H", len(fields))
    return start + count + entries + struct.pack(f"{order}I", following) + beyond


def bmp(width: int, height: int, bits: int = 24) -> bytes:
    """The headers of a BMP without pixels."""
    return (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    )


def jpeg(width: int, height: int, components: int = 3) -> bytes:
    """The headers of a JPEG without pixels."""
    frame = struct.pack(">BHHB", 8, height, width, components) + bytes(3 * components)
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
