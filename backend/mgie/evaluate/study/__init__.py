"""The human study (Figures 5 and 6 of MGIE): edits and expressive instructions rated blind, side by side."""
