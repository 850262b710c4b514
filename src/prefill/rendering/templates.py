"""The templates of pages: those that come with prefill, or an app's own laid over them, drawn in a sandbox."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prefill.catalogue import bundled_folder
from prefill.errors import RenderError

__all__ = ["BUNDLED", "drawn", "environment", "is_bundled", "source", "templates_folder"]

BUNDLED = "prefill"  # under this name an app's template finds the one that it lays itself over: prefill/form.html.jinja


def templates_folder(own: Path | str | None) -> Path:
    """Give the folder that templates are taken from: an app's own, or the bundled one.

    Raises RenderError if there is no such folder.
    """
    if own is None:
        return bundled_folder("templates")
    folder = Path(own).resolve()
    if not folder.is_dir():
        raise RenderError(f"there is no folder of templates {folder.name}: check the path")
    return folder


def is_bundled(folder: Path, names: Iterable[str]) -> bool:
    """Say whether a folder has no templates of its own by these names: the bundled ones draw."""
    return folder == bundled_folder("templates") or not any((folder / name).exists() for name in names)


@cache
def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """Give what draws the templates of a folder, kept; what the folder lacks is taken from the bundled one.

    Pages escape what they are given, a name that is not there is a fault, and a template reaches nothing but what it is
    handed: it runs in a sandbox and reads no file outside the two folders.
    """
    bundled = FileSystemLoader(bundled_folder("templates"))
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder), bundled, PrefixLoader({BUNDLED: bundled})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=folder != bundled_folder("templates"),
        keep_trailing_newline=True,
    )


def drawn(folder: Path, name: str, **given: object) -> str:
    """Draw a template of a folder with what it is given; raises RenderError, which names template and line, if it is broken."""
    return _guarded(name, lambda: environment(folder).get_template(name).render(**given))


def source(folder: Path, name: str) -> str:
    """Give the text of a file of a folder, or of the bundled one where the folder lacks it, as it stands."""
    env = environment(folder)
    return _guarded(name, lambda: env.loader.get_source(env, name)[0] if env.loader else "")


def _guarded(name: str, draw: Callable[[], str]) -> str:
    try:
        return draw()
    except RenderError:
        raise
    except TemplateSyntaxError as error:
        where = f"{error.name or name}, line {error.lineno}"
        raise RenderError(f"the template {where} cannot be drawn: {error.message}: mend it") from error
    except TemplateError as error:
        raise RenderError(f"the template {name} cannot be drawn: {error.message}: mend it") from error
    except Exception as error:  # what a template does may fail in any way; its message may hold a value
        raise RenderError(f"the template {name} cannot be drawn: {type(error).__name__}: mend it") from None
