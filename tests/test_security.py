"""What the page on security promises: secrets, permissions, archives, and what no code does."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from atrasig.errors import FormatError
from atrasig.pipeline.pages import unpack_pages
from tests.workflow.running import BIN

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "hush-aws-51c0",
    "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "hush-s3-51c0",
    "GITHUB_TOKEN": "hush-token-51c0",
    "DATABASE_PASSWORD": "hush-word-51c0",
}
MODULES = sorted((Path(__file__).parents[1] / "atrasig").rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {
    "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open",
    "yaml.unsafe_load", "yaml.full_load", "numpy.load", "np.load", "pd.read_pickle", "joblib.load",
    "tempfile.mktemp", "tarfile.open", "shutil.unpack_archive",
}  # fmt: skip
FORBIDDEN_METHODS = {"extractall", "extract"}
NETWORK = {
    "aiohttp", "boto3", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket",
    "telnetlib", "urllib.request", "urllib3",
}  # fmt: skip
NEVER_QUOTED = {"{threads}", "{wildcards.block}", "{params.block_size}"}  # whole numbers


def _run(folder: Path, repository: Path, *, umask: int, fails: bool = False) -> str:
    """Run two samples of the demo with secrets in the environment; what it printed."""
    sheet = folder / "s.tsv"
    matrix = repository / "config/demo/counts_panel.tsv.gz"
    if not sheet.is_file():
        names = (repository / "config/demo/samples.tsv").read_text(encoding="utf-8").splitlines()
        samples = [row.split("\t")[0] for row in names if matrix.name in row][:2]
        rows = [f"{name}\t{matrix}" for name in samples]
        sheet.write_text("\n".join(["sample\tmatrix", *rows]) + "\n", encoding="utf-8")
    command = [str(BIN / "atrasig"), "run", str(matrix), "--sheet", str(sheet)]
    command += ["--out", str(folder / "out"), *(["--disease", "no such disease"] if fails else [])]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | SECRETS,
        umask=umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def private_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run under the umask of a careful user, and what it and a failing one printed."""
    folder = tmp_path_factory.mktemp("private")
    said = _run(folder, repository, umask=0o077)
    return folder / "out", said + _run(folder, repository, umask=0o077, fails=True)


@pytest.mark.slow
def test_secrets_of_the_environment_are_in_no_file_and_no_message(
    private_run: tuple[Path, str],
) -> None:
    out, said = private_run
    hidden = [value.encode() for value in SECRETS.values()]
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert [path for path in files if any(one in path.read_bytes() for one in hidden)] == []
    assert "hush" not in said


@pytest.mark.slow
def test_files_follow_the_umask(private_run: tuple[Path, str]) -> None:
    out, _ = private_run
    open_to_others = [path for path in [out, *out.rglob("*")] if path.stat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_written_file_has_the_mode_of_any_other(tmp_path: Path, umask: int, mode: int) -> None:
    code = "from atrasig.files import write_text; write_text('folder/x.txt', 'x')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, umask=umask, check=True)
    assert stat.S_IMODE((tmp_path / "folder/x.txt").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~umask


@pytest.mark.parametrize(
    "member",
    [
        "../outside.html",
        "/tmp/outside.html",
        "samples/../../outside.html",
        "samples/a/../x.html",
        "samples\\..\\x.html",
        "samples/x.exe",
        "index.html",
        "samples/.hidden.html",
    ],
)
def test_an_archive_of_pages_reaches_nowhere_else(tmp_path: Path, member: str) -> None:
    archive = tmp_path / "pages.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("samples/good.html", "good")
        made.writestr(member, "bad")
    results = tmp_path / "below" / "results"
    with pytest.raises(FormatError, match="no archive of pages"):
        unpack_pages([archive], results)
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {"pages.zip", "good.html"}


def test_a_link_in_an_archive_of_pages_stays_a_text(tmp_path: Path) -> None:
    archive = tmp_path / "pages.zip"
    link = zipfile.ZipInfo("samples/x.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(link, "/etc/passwd")
    unpack_pages([archive], tmp_path / "results")
    page = tmp_path / "results/samples/x.html"
    assert not page.is_symlink()
    assert page.read_text(encoding="utf-8") == "/etc/passwd"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_code_runs_what_a_file_says() -> None:
    found = []
    for path in MODULES:
        for call in _calls(path):
            name = _dotted(call.func)
            method = name.rpartition(".")[2]
            is_shell = any(word.arg == "shell" for word in call.keywords)
            if name in FORBIDDEN_CALLS | FORBIDDEN_ATTRIBUTES or is_shell:
                found.append(f"{path.name}: {name}")
            if "." in name and method in FORBIDDEN_METHODS and not name.startswith("self."):
                found.append(f"{path.name}: {name}")
            if name == "yaml.load" and not any(word.arg == "Loader" for word in call.keywords):
                found.append(f"{path.name}: {name} without a loader")
    assert [one for one in found if ".str.extract" not in one] == []


def test_no_module_knows_the_network() -> None:
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found += [f"{path.name}: {name}" for name in names if name in NETWORK]
    assert found == []


def test_every_value_in_a_shell_command_is_quoted(repository: Path) -> None:
    for file in sorted((repository / "workflow/rules").glob("*.smk")):
        for command in re.findall(r"\n    shell:\n((?:        .*\n)+)", file.read_text("utf-8")):
            for place in re.findall(r"\{[^}]*\}", command):
                assert place.endswith(":q}") or place in NEVER_QUOTED, f"{file.name}: {place}"


def test_environment_variables_that_are_read(repository: Path) -> None:
    """Nothing of the environment is read but what the page lists."""
    page = (repository / "docs/security.md").read_text(encoding="utf-8")
    read = set()
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r'environ(?:\.get\(|\[)\s*"([A-Z_]+)"', text))
        read |= set(re.findall(r'getenv\(\s*"([A-Z_]+)"', text))
    assert read
    assert {name for name in read if f"`{name}`" not in page} == set()
