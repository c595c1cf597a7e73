"""Make everything that follows from `mgie/v1/*.proto`.

`python proto/generate.py`          the Python code beside the .proto files
`python proto/generate.py image F`  the .proto files as one descriptor set with comments, for `buf`
`python proto/generate.py release`  released.binpb: what clients in use were built with; never broken since
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from google.rpc import status_pb2

PROTO_DIR = Path(__file__).resolve().parent
PACKAGE = "mgie/v1"
RELEASED = PROTO_DIR / "released.binpb"


def generate(source: Path, target: Path) -> None:
    """Write the code and the type stubs of all .proto files of `source` below `target`."""
    flags = [f"--{plugin}_out={target}" for plugin in ("python", "grpc_python")]
    flags += [f"--{plugin}_out=quiet:{target}" for plugin in ("mypy", "mypy_grpc")]
    _protoc(source, *flags)


def build_image(source: Path, target: Path) -> None:
    """Write one self-contained descriptor set of all .proto files of `source`, with their comments."""
    _protoc(source, "--include_imports", "--include_source_info", f"--descriptor_set_out={target}")


def release() -> None:
    """Make the present API the one that later versions are compared with."""
    _protoc(PROTO_DIR, "--include_imports", f"--descriptor_set_out={RELEASED}")


def _protoc(source: Path, *flags: str) -> None:
    well_known = files("grpc_tools") / "_proto"
    google_rpc = Path(status_pb2.__file__).parents[2]
    names = sorted(str(path.relative_to(source)) for path in (source / PACKAGE).glob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"-I{well_known}", f"-I{google_rpc}"]
    # The mypy plug-ins are found beside this interpreter, whether or not its environment is active.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run([*command, *flags, *names], cwd=source, check=True, env={**os.environ, "PATH": path})


def main(arguments: list[str]) -> None:
    """Run one of the three commands."""
    match arguments:
        case []:
            generate(PROTO_DIR, PROTO_DIR)
        case ["image", target]:
            build_image(PROTO_DIR, Path(target).resolve())
        case ["release"]:
            release()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
