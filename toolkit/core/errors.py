"""Errors that stop a run (停止运行的错误): unreadable input, a broken pack, a wrong request.

Mistakes in the figures are never raised: they are returned as findings. Each class
carries the sentence shown to the user; the door (`cli`) maps it to an exit code.
"""

from __future__ import annotations


class ToolkitError(Exception):
    """Base of everything that we raise on purpose; its text is a Chinese sentence for the user."""

    exit_code = 4


class UsageError(ToolkitError):
    """The request cannot be carried out as given (用法有误), e.g. an unknown key in a JSON file."""

    exit_code = 2


class WriteError(ToolkitError):
    """A result cannot be written: no right, no room, or open in another program (写不了)."""

    exit_code = 5


class UnreadableError(ToolkitError):
    """The file cannot be read, or is not a workbook of ours (文件无法读取)."""

    exit_code = 3


class OtherPackError(UnreadableError):
    """The workbook was made from another pack than the one asked for, or from one that is not here (表样不对)."""


class PackError(ToolkitError):
    """A pack contradicts itself (规则包有误): names file, entry and the nearest right name."""

    exit_code = 2
