"""Qwen-Image-Edit and Qwen-Image-Edit-Plus (Alibaba, 2025): a language model sees all pictures."""
