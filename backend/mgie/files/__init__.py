"""Picture files: the one reader and the one writer, and the edit record they carry.

`formats.open_document` reads PNG, TIFF, JPEG, WebP, BMP and OpenRaster in full depth, upright, with profile,
resolution and metadata; `output.check_output` says before an edit whether its result can be saved;
`save.save_result` writes it whole or saves it elsewhere; `record` is what an edit leaves behind. No torch, no
scipy, no Qt: the panel reads and writes by the same code.
"""
