"""Notices: what a district cancelled, keeps, merges or hands back, as data; which terms answer a certificate; what was admitted.

A notice is a folder of ``form_specs/notices/``: its text, and its attachments word for word. What each decision means is data too, so
that nothing here knows a district, a decision by its Chinese name, or a form.
"""

from prefill.notices.certificates import Certificate, Told, answer, find_certificate
from prefill.notices.model import (
    ATTACHMENTS,
    MEANINGS,
    Admission,
    Answer,
    Attachment,
    Frequency,
    Item,
    Link,
    Meaning,
    Notice,
    Notices,
    Role,
    Words,
)
from prefill.notices.names import bare, held_name, holds, loose, names_certificate, nearest_item, plain
from prefill.notices.reading import read_notices

__all__ = [
    "ATTACHMENTS",
    "MEANINGS",
    "Admission",
    "Answer",
    "Attachment",
    "Certificate",
    "Frequency",
    "Item",
    "Link",
    "Meaning",
    "Notice",
    "Notices",
    "Role",
    "Told",
    "Words",
    "answer",
    "bare",
    "find_certificate",
    "held_name",
    "holds",
    "loose",
    "names_certificate",
    "nearest_item",
    "plain",
    "read_notices",
]
