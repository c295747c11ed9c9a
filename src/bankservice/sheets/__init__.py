"""
Policies and case tables as spreadsheets: changed by people who write no code, losing nothing.

    from bankservice import sheets
    Path("tiers.xlsx").write_bytes(sheets.export_workbook(["segmentation/cn-retail-shape"]))
    for file in sheets.read_workbook(Path("tiers.xlsx").read_bytes()):
        print(file.name, file.changed)

Needs the `sheets` extra, which brings openpyxl.
"""

from bankservice.sheets.files import ReadFile, export_workbook, read_workbook
from bankservice.sheets.grid import WorkbookError

__all__ = ["ReadFile", "WorkbookError", "export_workbook", "read_workbook"]
