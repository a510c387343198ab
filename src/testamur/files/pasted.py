"""What somebody pasted or uploaded for a statistical method, as one text: a spreadsheet becomes tabs and lines."""

from __future__ import annotations

import io
import zipfile

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from testamur.kernel.refusal import Refused, _
from testamur.tqm.reading import decoded

#: Bytes of a file or characters of a paste; a chart of more points shows nothing more.
MOST = 2_000_000
#: A spreadsheet unpacks to no more than this, in bytes, rows and columns.
UNPACKED, ROWS, COLUMNS = 60_000_000, 20_000, 200


def text_of(request: HttpRequest) -> str:
    """Return the text of the uploaded file, else of the paste.

    Raises:
        Refused: too long, empty, or a file of another kind.
    """
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile) and upload.name:
        return _of_file(upload)
    pasted = request.POST.get("data", "")
    if len(pasted) > MOST:
        raise _too_long()
    return pasted


def _of_file(upload: UploadedFile) -> str:
    if not upload.size:
        raise Refused(_("The file is empty: 0 bytes."), field="file")
    if upload.size > MOST:
        raise _too_long()
    data = upload.read()
    if data[:4] == b"PK\x03\x04":
        return _of_spreadsheet(data)
    return decoded(data)


def _of_spreadsheet(data: bytes) -> str:
    """Return the first sheet as lines of tabs; formulas by the values that were saved with them."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED:
                raise _too_long()
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=ROWS + 1, max_col=COLUMNS, values_only=True)
        lines = ["\t".join("" if cell is None else " ".join(str(cell).split()) for cell in row) for row in rows]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError):
        # Whatever a broken spreadsheet breaks in its reader, the person can only save it again.
        raise Refused(
            _("The spreadsheet cannot be read. Save it again as XLSX or CSV, or paste its cells."), field="file"
        ) from None
    if len(lines) > ROWS:
        raise _too_long()
    return "\n".join(line.rstrip("\t") for line in lines).strip("\n")


def _too_long() -> Refused:
    return Refused(
        _("That is more than a page computes with ({megabytes} MB, {rows} rows); the command testamur tqm takes it."),
        {"megabytes": MOST // 1_000_000, "rows": ROWS},
        field="file",
    )
