"""The printed edition: what stands on the sheet, how it is set, how it is sealed."""
