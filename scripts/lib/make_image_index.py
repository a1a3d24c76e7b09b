#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Joins the images of several platforms in one file: make_image_index.py OUTPUT ARCHIVE...

Each ARCHIVE is a docker-archive with the image of one platform. OUTPUT is a tar file with an OCI image layout
(https://github.com/opencontainers/image-spec/blob/main/image-layout.md), whose only entry is an index of the images.
For `docker load` with the classic image store, it also contains the manifest.json of a docker-archive, with the first
image. The same archives give the same bytes.
"""

import hashlib
import io
import json
import sys
import tarfile

OCI = "application/vnd.oci.image."


class Layout:
    """An OCI image layout that is being written."""

    def __init__(self, output):
        self.output = output
        self.blobs = set()

    def add(self, name, content):
        # TarInfo's defaults are fixed: time 0, user 0, mode 0644.
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        self.output.addfile(entry, io.BytesIO(content))

    def add_blob(self, media_type, content, **members):
        """Adds content unless the layout has it, and returns its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self.blobs:
            self.blobs.add(digest)
            self.add(path_of(digest), content)
        return {"mediaType": OCI + media_type, "digest": f"sha256:{digest}", "size": len(content), **members}

    def add_image(self, archive):
        """Adds the image in a docker-archive. Returns its descriptor and its entry for manifest.json."""
        with tarfile.open(archive) as image:
            entry, = json.load(image.extractfile("manifest.json"))
            config = image.extractfile(entry["Config"]).read()
            layers = [self.add_blob("layer.v1.tar", image.extractfile(each).read()) for each in entry["Layers"]]
        # docker's configuration has all members that OCI requires.
        described = self.add_blob("config.v1+json", config)
        manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": described, "layers": layers}
        platform = {key: json.loads(config)[key] for key in ("architecture", "os")}
        docker = {"Config": path_of(digest_of(described)), "RepoTags": entry["RepoTags"],
                  "Layers": [path_of(digest_of(each)) for each in layers]}
        return self.add_blob("manifest.v1+json", encoded(manifest), platform=platform), docker


def path_of(digest):
    return f"blobs/sha256/{digest}"


def digest_of(descriptor):
    return descriptor["digest"].split(":")[1]


def encoded(document):
    return json.dumps(document, separators=(",", ":")).encode()


def main():
    with tarfile.open(sys.argv[1], "w", format=tarfile.USTAR_FORMAT) as output:
        layout = Layout(output)
        images = [layout.add_image(archive) for archive in sys.argv[2:]]
        name, = {name for _, docker in images for name in docker["RepoTags"]}
        index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [image for image, _ in images]}
        # containerd and podman read the first name, other tools of OCI the second, which is only the tag.
        names = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rsplit(":", 1)[1]}
        entry = layout.add_blob("index.v1+json", encoded(index), annotations=names)
        layout.add("index.json", encoded({**index, "manifests": [entry]}))
        layout.add("oci-layout", encoded({"imageLayoutVersion": "1.0.0"}))
        layout.add("manifest.json", encoded([images[0][1]]))


if __name__ == "__main__":
    main()
