"""Small C of the benches, compiled when it is needed."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("gcc") or shutil.which("cc")


def compiled(source: Path) -> ctypes.CDLL:
    """The functions of a file. Raises CalledProcessError, and FileNotFoundError without a compiler."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.so"
        subprocess.run([compiler() or "cc", "-O3", "-shared", "-fPIC", "-o", library, source], check=True)
        return ctypes.CDLL(str(library))  # stays loaded when its file is gone
