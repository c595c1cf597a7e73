"""MGIE, LGIE and InsPix2Pix: the kinds that paint with the UNet of InstructPix2Pix."""
