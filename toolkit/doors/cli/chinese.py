"""Chinese face of click (中文命令行): headings, usage errors, exit codes. Nothing here knows the domain."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from toolkit.core.errors import ToolkitError, WriteError
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

_LATIN = "\u2e7f"  # Chinese begins behind it
_NOT_FIRST, _HANGING = "，。；：、！？）》”…", 4  # closing signs, and the columns that two of them take
_NAMED = late(r"'([^']*)'|\((.*)\)")  # what a message of click is about
_PIECE = late(r"[!-~]+|.")
_REMARKS = (
    (late(r"\[required\]"), "[必填]"),
    (late(r"\bdefault: "), "默认："),
    (late(r"\b(\d+)<=x<=(\d+)"), r"\1 到 \2"),
    (late(r"(; )?\bx>=(\d+)"), r"，不小于 \2"),
)
_SECTIONS = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}


class ChineseFormatter(click.HelpFormatter):
    """Help with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """用法."""
        super().write_usage(prog, args, prefix or "用法：")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names on the left, what they are on the right, in lines of a screen's width: click counts signs."""
        told = [(name, _remarked(text)) for name, text in rows]
        edge = self.current_indent + min(col_max, max(_columns(name) for name, _ in told)) + col_spacing
        for name, text in told:
            head = f"{' ' * self.current_indent}{name}"
            fits = _columns(head) + col_spacing <= edge
            lines = [*_wrapped(text, self.width - edge)]
            first = [f"{head}{' ' * (edge - _columns(head))}{lines.pop(0)}"] if fits and lines else [head]
            self.write("".join(f"{line}\n" for line in [*first, *(" " * edge + line for line in lines)]))

    def write_text(self, text: str) -> None:
        """Paragraphs in lines of a screen's width."""
        paragraphs = ("".join(paragraph.splitlines()) for paragraph in text.split("\n\n"))
        edge = " " * self.current_indent
        told = (_wrapped(paragraph, self.width - self.current_indent) for paragraph in paragraphs)
        self.write("\n\n".join("\n".join(edge + line for line in lines) for lines in told) + "\n")

    def write_heading(self, heading: str) -> None:
        """选项：, with the colon that Chinese takes."""
        self.write(f"{'':>{self.current_indent}}{heading}：\n")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """选项, 命令."""
        with super().section(_SECTIONS.get(name, name)):
            yield


def _remarked(text: str) -> str:
    """Click's own remarks beside an option, in Chinese."""
    for pattern, told in _REMARKS:
        text = pattern.sub(told, text)
    return text


def _columns(text: str) -> int:
    """Columns of a screen: Chinese signs take two."""
    return sum(1 + (sign > _LATIN) for sign in text)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines that fit, cut between Chinese signs or words, never before a closing one."""
    line = ""
    for piece in _PIECE.findall(text):
        if _columns(line + piece) > width - _HANGING and piece not in _NOT_FIRST:
            yield line.rstrip()
            line = ""
        line += piece.lstrip() if not line else piece
    if line:
        yield line


class ChineseContext(click.Context):
    """Context with the Chinese formatter."""

    formatter_class = ChineseFormatter


class ChineseCommand(click.Command):
    """A command with Chinese help."""

    context_class = ChineseContext

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """用法 without English words."""
        return [piece.replace("[OPTIONS]", "[选项]") for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """-h, --help."""
        return _chinese_help(super().get_help_option(ctx))


class ReviewCommand(ChineseCommand):
    """A command whose --review may stand alone: click would take the file behind it for its value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`--review` → `--review=figures`, `--review all` → `--review=all`."""
        told: list[str] = []
        words = iter(args)
        for word in words:
            if word != "--review":
                told.append(word)
                continue
            value = next(words, "")
            told.append("--review=all" if value == "all" else "--review=figures")
            told += [value] if value not in {"", "all", "figures"} else []
        return super().parse_args(ctx, told)


class ChineseGroup(click.Group):
    """A group whose commands and subgroups have Chinese help."""

    context_class = ChineseContext
    command_class = ChineseCommand

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """用法 without English words."""
        words = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 …"}
        return [words.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """-h, --help."""
        return _chinese_help(super().get_help_option(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were written, which is the order of use."""
        del ctx
        return list(self.commands)


class LateCommand(ChineseCommand):
    """A command known by its first line of help; its module is imported when it is called."""

    def __init__(self, name: str, place: str, told: str) -> None:
        """`place` is `module:attribute` of the real command, `told` its first line of help."""
        super().__init__(name, help=told)
        self.place = place

    def real(self) -> click.Command:
        """The command itself."""
        module, _, attribute = self.place.partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found


class LateGroup(ChineseGroup):
    """A group that lists its commands without importing them."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        found = super().get_command(ctx, cmd_name)
        return found.real() if isinstance(found, LateCommand) else found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each command."""
        del ctx
        width = formatter.width - 6 - max(map(len, self.commands), default=0)
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.get_short_help_str(width)) for name, found in self.commands.items()])


def _chinese_help(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "显示帮助"
    return option


def run(group: click.Group) -> None:
    """Run the command line; every ending is a Chinese sentence and a contracted exit code."""
    _speak_utf8()
    try:
        _name_files_in_utf8()
        code = group.main(standalone_mode=False)
        _flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        _end(2)
    except click.UsageError as error:
        tell(f"用法不对：{usage_sentence(error)}")
        tell(f"查看用法：{error.ctx.command_path if error.ctx else 'jixiao'} --help")
        _end(2)
    except ToolkitError as error:
        tell(str(error))
        _end(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        tell("已中断。")
        _end(130)
    except BrokenPipeError:
        _end(0)
    except OSError as error:
        _end(_of_the_system(error))
    except MemoryError:
        tell("内存不够，没有做完。请关掉别的程序再试，或把文件分开处理。您的文件没有被改动。")
        _end(5)
    except Exception:  # noqa: BLE001 - the last door: a traceback never reaches a user's screen
        tell(f"程序内部出错，{write_log()}您的文件没有被改动。")
        _end(4)
    _end(code if isinstance(code, int) else 0)


def tell(text: str) -> None:
    """A line on stderr, as it can be shown; where even that is closed, nobody listens."""
    from toolkit.core.words import visible

    with suppress(OSError, ValueError):
        click.echo(visible(text), err=True)


def _of_the_system(error: OSError) -> int:
    """A disk or a pipe that fails where no sentence of ours stands around it."""
    from toolkit.engines import reason

    where = f"（{error.filename}）" if error.filename else ""
    tell(f"读写出错{where}：{reason(error)}。没有做完，您的文件没有被改动。")
    return WriteError.exit_code


def _flush() -> None:
    """What stands in a buffer has not been written yet: a full disk is told here."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def _end(code: int) -> NoReturn:
    """Leave without a second complaint about a stream that cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError):
            _to_nowhere(stream)
    sys.exit(code)


def _to_nowhere(stream: TextIO) -> None:
    """Python flushes once more at its end: what is left goes nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Closed(io.TextIOBase):
    """A stream that is not there."""

    def write(self, _: str) -> int:
        """Nobody gets it."""
        raise OSError(errno.EBADF, "closed", "输出")


def _speak_utf8() -> None:
    """Pipes and files get UTF-8 also on Windows consoles set to GBK; a sign that a screen lacks stops nothing.

    A stream that was closed from outside becomes one that says so when something is written to it.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _Closed())
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _name_files_in_utf8() -> None:
    """Our files have Chinese names: where the system's names hold no Chinese (LC_ALL=POSIX), Python starts anew.

    The new one takes names as UTF-8, and the workers of a batch do as it does; what stood on the command line
    goes on byte for byte.
    """
    try:
        os.fsencode(_SECTIONS["Commands"])
    except UnicodeEncodeError:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - this very command


def write_log() -> str:
    """Write the current exception to a log file; a sentence that says where, or that there is none."""
    import tempfile
    import traceback

    from toolkit.core.words import visible

    fault = sys.exception()
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="jixiao-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as log:
            traceback.print_exception(fault, file=log)
    except OSError:
        return f"详情没有地方写（{visible(repr(fault))}），请把这一行发给维护人员。"
    return f"详情已写入 {log.name}，请把这个文件发给维护人员。"


def usage_sentence(error: click.UsageError) -> str:
    """Click's usage errors in Chinese."""
    if isinstance(error, click.NoSuchOption):
        hints = "、".join(error.possibilities or ())
        return f"没有选项 {error.option_name}" + (f"，是不是 {hints}？" if hints else "。")
    if isinstance(error, click.MissingParameter):
        return f"缺少 {_parameter(error.param)}。"
    if isinstance(error, click.BadParameter):
        return f"{_parameter(error.param)}不对：{_wanted(error)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面缺少内容，或多了内容。"
    return "".join(_other(error))


def _wanted(error: click.BadParameter) -> str:
    """What a parameter takes, by its type: click would say it in English."""
    from toolkit.core.words import in_chinese

    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return f"只能是 {' 或 '.join(map(str, kind.choices))}。"
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        number = "整数" if isinstance(kind, click.IntRange) else "数"
        most = f"、不大于 {kind.max} " if kind.max is not None else ""
        return f"应是不小于 {kind.min}{most}的{number}。"
    return in_chinese(error.message, "写法不对。")


def _parameter(found: click.Parameter | None) -> str:
    """-o（写到哪个文件夹）, or an argument in people's words."""
    if isinstance(found, click.Option):
        return f"{found.opts[0]}（{found.help}）" if found.help else found.opts[0]
    return found.human_readable_name.strip("[]…") if found else ""


def _other(error: click.UsageError) -> Iterator[str]:
    from toolkit.core.words import in_chinese

    message = error.message
    words: dict[str, Any] = {
        "No such command": "没有这个命令：",
        "Got unexpected extra arguments": "多了参数：",  # before the word for one of them
        "Got unexpected extra argument": "多了参数：",
        "Missing command": "缺少命令",
    }
    for english, chinese in words.items():
        if message.startswith(english):
            named = _NAMED.search(message)
            quoted = (named[1] or named[2]) if named else ""
            yield f"{chinese}{quoted}"
            group = error.ctx.command if error.ctx else None
            from difflib import get_close_matches

            close = get_close_matches(quoted, group.commands, 1) if isinstance(group, click.Group) else []
            yield f"，是不是 {close[0]}？" if close else ""
            return
    yield in_chinese(message, "命令写得不对。")
