"""One key of Krita's settings file, changed line by line; everything else stays byte for byte."""

from __future__ import annotations

SECTION = "[python]"


def enable_plugin(text: str, name: str) -> str:
    """`text` with enable_NAME=true in its [python] section."""
    key = f"enable_{name}"
    lines = text.splitlines(keepends=True)
    start, end = section_bounds(lines)
    if start < 0:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{SECTION}\n{key}=true\n"
    for i in range(start, end):
        if lines[i].split("=", 1)[0].strip() == key:
            if lines[i].split("=", 1)[1].strip() == "true":
                return text
            lines[i] = f"{key}=true\n"
            return "".join(lines)
    while end > start and not lines[end - 1].strip():
        end -= 1
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    lines.insert(end, f"{key}=true\n")
    return "".join(lines)


def forget_plugin(text: str, name: str) -> str:
    """`text` without that key; the section goes too when nothing else is in it."""
    lines = text.splitlines(keepends=True)
    start, end = section_bounds(lines)
    if start < 0:
        return text
    kept = [line for line in lines[start:end] if line.split("=", 1)[0].strip() != f"enable_{name}"]
    if len(kept) == end - start:
        return text
    if any(line.strip() for line in kept):
        return "".join(lines[:start] + kept + lines[end:])
    before = lines[: start - 1]
    if before and not before[-1].strip():
        before.pop()  # the blank line that parted the section
    return "".join(before + lines[end:])


def section_bounds(lines: list[str]) -> tuple[int, int]:
    """First and last+1 line of the [python] section's content; (-1, -1) without one."""
    for i, line in enumerate(lines):
        if line.strip() == SECTION:
            end = i + 1
            while end < len(lines) and not lines[end].startswith("["):
                end += 1
            return i + 1, end
    return -1, -1
