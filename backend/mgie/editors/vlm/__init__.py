"""Chat vision-language models that transformers loads, as writers: they paint nothing."""
