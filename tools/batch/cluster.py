"""Grade on a Dask cluster: submissions travel there as bytes, reports come back."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from graders.errors import CourseError

from .work import Settings, Work, grade_work

SECONDS = 30  # to find the scheduler, and a first worker
AT_ONCE = 4  # for each thread of the cluster: submissions that wait near their worker


class ClusterPool:
    """The workers of a Dask cluster. What a worker that dies was doing is done by another one."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
            from distributed.comm.addressing import parse_address, parse_host_port
        except ImportError:
            raise CourseError(
                "--cluster needs Dask. In the course repository, here and on all machines of the "
                'cluster: pip install -e ".[cluster]"'
            ) from None
        try:
            parse_host_port(parse_address(address)[1])  # a Client would look for a minute
            self._client = Client(address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"There is no Dask scheduler at {address} ({error}). Expected an address like "
                "tcp://host:8786; start one with `dask scheduler`."
            ) from None
        try:
            self._client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError:
            self._client.close()
            raise CourseError(
                f"The scheduler at {address} has no workers. Start some on machines that have this "
                f"course, in its folder: dask worker {address} --nworkers -1 --nthreads 1"
            ) from None
        threads: int = sum(self._client.nthreads().values())
        self.at_once = AT_ONCE * threads
        self._executor = self._client.get_executor(pure=False, retries=1)

    def submit(self, settings: Settings, work: Work) -> Future[dict[str, Any]]:
        return self._executor.submit(grade_work, settings, work)  # type: ignore[no-any-return]

    def renew(self) -> None:
        """The cluster itself replaces what breaks."""

    def __enter__(self) -> ClusterPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()
