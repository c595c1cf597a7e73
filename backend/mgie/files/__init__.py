"""Picture files: PNG, TIFF, JPEG and WebP, and OpenRaster, in their full depth and with their profile."""
