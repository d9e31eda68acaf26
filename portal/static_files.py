"""Static files at the CDN, by the names that came with the code.

The manifest that turns `site.css` into `site.6f3a….css` lies in the package, beside the code that
asks for it, so a release that is rolled back names its own files again. The files themselves were
put into the bucket by the deployment; nothing here reads or writes there.
"""

from urllib.parse import urlsplit

from django.contrib.staticfiles.storage import StaticFilesStorage
from storages.backends.s3 import S3ManifestStaticStorage


class FilesAtTheCdn(S3ManifestStaticStorage):  # type: ignore[misc]
    """Static files under `static_url`, named by the manifest in STATIC_ROOT."""

    def __init__(self, *, static_url: str) -> None:
        parts = urlsplit(static_url)
        super().__init__(
            manifest_storage=StaticFilesStorage(),
            url_protocol=f"{parts.scheme}:",
            custom_domain=parts.netloc,
            location=parts.path.strip("/"),
        )
