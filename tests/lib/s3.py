"""An S3 server on loopback: s3rver, key and secret S3RVER, buckets are directories."""
import os
import subprocess
import time
import urllib.error
import urllib.request

from engine import CACHE, free_port


def program():
    return os.environ.get("BFC_S3RVER") or os.path.join(
        CACHE, "s3rver-3.7.1/node_modules/s3rver/bin/s3rver.js")


class S3:
    KEY = SECRET = "S3RVER"

    def __init__(self, directory, bucket="history"):
        self.directory, self.bucket, self.port = directory, bucket, free_port()
        self.child = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/{self.bucket}"

    def __enter__(self):
        os.makedirs(self.directory, exist_ok=True)
        self.child = subprocess.Popen(
            ["node", program(), "--directory", self.directory, "--address", "127.0.0.1", "--port", str(self.port),
             "--silent", "--configure-bucket", self.bucket],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                if self.child.poll() is not None:
                    raise RuntimeError(f"{program()} has ended") from None
                time.sleep(0.02)
        raise RuntimeError("s3rver does not answer")

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
