"""The examples as pages of the site: their README and their files; other files of the checkout are named, not linked.

mkdocs calls it (`hooks` in mkdocs.yml). On GitHub the same links lead to the folders and files themselves.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[([^\]]*)\]\(((?!\w+:)[^)\s#]+)(#[\w-]+)?\)")
SHOWN = {".yaml": "yaml", ".csv": "text", ".py": "python"}


def on_files(files: Files, *, config: Any) -> Files:
    """The pages of docs/, and one for each example in each language."""
    for readme in sorted(ROOT.glob("examples/*/README*.md")):
        files.append(File.generated(config, page_of(readme), content=example(readme)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: Any, files: Files) -> str:
    """Links between docs/ and examples/ lead to pages of the site, those to other files are plain words."""
    source = page.file.src_uri
    if page.file.abs_src_path is None:
        folder = f"examples/{PurePosixPath(source).name.partition('.')[0]}"
    else:
        folder = posixpath.dirname(f"docs/{source}")
    return LINK.sub(lambda found: _link(found, source, folder, files), markdown)


def page_of(readme: Path) -> str:
    """examples/clinic-list/README.vi.md -> examples/clinic-list.vi.md"""
    return f"examples/{readme.parent.name}{readme.name.removeprefix('README')}"


def example(readme: Path) -> str:
    """The README of an example and the files that people read, each under its name."""
    folder = readme.parent
    parts = [readme.read_text(encoding="utf-8").rstrip()]
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SHOWN and ".alice" not in path.parts):
        name, text = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8").rstrip()
        parts.append(f"## {name}\n\n````{SHOWN[path.suffix]}\n{text}\n````")
    return "\n\n".join(parts) + "\n"


def _link(found: re.Match[str], source: str, folder: str, files: Files) -> str:
    words, anchor = found[1], found[3] or ""
    target = posixpath.normpath(posixpath.join(folder, found[2]))
    file = ROOT / target / "README.md" if (ROOT / target).is_dir() else ROOT / target
    page = page_of(file) if target.startswith("examples/") else posixpath.relpath(file, ROOT / "docs")
    if files.get_file_from_path(page) is None:
        return found[0] if target.startswith("docs/") else words
    return f"[{words}]({posixpath.relpath(page, posixpath.dirname(source) or '.')}{anchor})"
