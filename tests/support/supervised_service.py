"""`support.fake_service` under the supervisor of `mgie serve`."""

from __future__ import annotations

from mgie.cli.supervise import start_again_after_crashes

start_again_after_crashes()  # before the other imports, as there

from support.fake_service import main  # noqa: E402

main()
