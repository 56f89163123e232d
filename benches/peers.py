"""What the benchmarks have in common: Skep's release build, and a Python that has the packages of the peers.

Everything is kept in ~/.cache/skep.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "skep"
# The exit status when the packages cannot be had, so that nothing could be compared.
NO_PACKAGES = 3


def in_virtual_environment(name: str, wheels: list[str]) -> None:
    """Starts the script again in the virtual environment of this name, with the wheels installed; returns in there."""
    home = CACHE / name
    if Path(sys.prefix) == home:
        return
    python = home / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wheels]
    if subprocess.run(install).returncode != 0:
        print(f"{Path(sys.argv[0]).name}: skipped, the packages {' '.join(wheels)} cannot be had")
        sys.exit(NO_PACKAGES)
    os.execv(python, [str(python), *sys.argv])


def build() -> Path:
    """Builds Skep in release mode; gives the target folder."""
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    return Path(json.loads(subprocess.check_output(metadata, cwd=ROOT))["target_directory"])
