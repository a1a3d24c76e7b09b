#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the software bill of materials of the image: make_sbom.py ARCHIVE, as SPDX 2.3 JSON to standard output.

All data comes from the image: the list of Debian packages that its build stage wrote (make_image_root.sh), its configuration
and its program. The same image gives the same document.
"""

import datetime
import hashlib
import io
import json
import sys
import tarfile
import urllib.parse

# The relationship of a package to the program, by role.
RELATIONS = {
    "library": lambda package, program: (program, "DYNAMIC_LINK", package),
    # Templates and inline functions: their code is in the program itself.
    "headers": lambda package, program: (program, "STATIC_LINK", package),
    "data": lambda package, program: (package, "DATA_FILE_OF", program),
    "tool": lambda package, program: (package, "BUILD_TOOL_OF", program),
}
IN_IMAGE = {"library", "data"}
PROGRAM = "usr/local/bin/tcr-assistant"


def read_archive(path):
    """Returns the configuration of the image in a docker-archive, its digest, and the files of its only layer."""
    with tarfile.open(path) as outer:
        manifest, = json.load(outer.extractfile("manifest.json"))
        config = outer.extractfile(manifest["Config"]).read()
        layer, = manifest["Layers"]
        files = tarfile.open(fileobj=io.BytesIO(outer.extractfile(layer).read()))
    return json.loads(config), hashlib.sha256(config).hexdigest(), files


def main():
    config, digest, files = read_archive(sys.argv[1])

    def content(path):
        return files.extractfile(path if path in files.getnames() else "./" + path).read()

    labels = {key.rsplit(".", 1)[1]: value for key, value in config["config"]["Labels"].items() if ".opencontainers." in key}
    version = labels["version"]
    packages = [line.split("\t") for line in content("usr/share/tcr-assistant/packages.tsv").decode().splitlines()]
    program = content(PROGRAM)

    image = {
        "name": "tcr-assistant-image", "SPDXID": "SPDXRef-image", "versionInfo": version,
        "primaryPackagePurpose": "CONTAINER", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "comment": "The checksum is the digest of the image's configuration, which container runtimes show as its ID.",
    }
    assistant = {
        "name": "tcr-assistant", "SPDXID": "SPDXRef-tcr-assistant", "versionInfo": version,
        "primaryPackagePurpose": "APPLICATION", "packageFileName": "/" + PROGRAM, "licenseDeclared": "Apache-2.0",
        "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(program).hexdigest()}],
        "sourceInfo": f"built from commit {labels['revision']}",
    }
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"), ("SPDXRef-image", "CONTAINS", "SPDXRef-tcr-assistant")]
    described = {}
    for role, *columns in packages:
        name = columns[0]
        own = f"SPDXRef-deb-{name.replace('+', 'p').replace('_', '-')}"
        described.setdefault(name, debian_package(own, *columns))
        relations.append(RELATIONS[role](own, "SPDXRef-tcr-assistant"))
        if role in IN_IMAGE:
            relations.append(("SPDXRef-image", "CONTAINS", own))

    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"tcr-assistant-{version}-{config['os']}-{config['architecture']}",
        # A unique name of the document, not an address that can be opened.
        "documentNamespace": f"https://tcr-assistant.invalid/spdx/{digest}",
        "creationInfo": {"created": created(config), "creators": ["Tool: tcr-assistant-make_sbom"]},
        "packages": [{"downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
                      "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "supplier": "NOASSERTION", **each}
                     for each in [image, assistant, *described.values()]],
        "relationships": [{"spdxElementId": one, "relationshipType": what, "relatedSpdxElement": other}
                          for one, what, other in relations],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


def debian_package(own, name, version, source, source_version, architecture):
    query = {"arch": architecture, "distro": "debian-12", "upstream": f"{source}@{source_version}"}
    words = urllib.parse.urlencode(query, safe="", quote_via=urllib.parse.quote)
    return {
        "name": name, "SPDXID": own, "versionInfo": version, "primaryPackagePurpose": "LIBRARY",
        "supplier": "Organization: Debian", "sourceInfo": f"Debian source package {source} {source_version}",
        "externalRefs": [purl(f"pkg:deb/debian/{urllib.parse.quote(name)}@{urllib.parse.quote(version, safe='')}?{words}")],
    }


def purl(locator):
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}


def created(config):
    """Returns the time of the image, which is the time of the commit."""
    seconds = config["created"].split(".")[0].rstrip("Z")
    return datetime.datetime.fromisoformat(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
