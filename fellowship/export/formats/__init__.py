"""The formats of data sets, one per module: `NAME.py` defines `NAME_format`, an ExportFormat."""
