#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives each user of a registry one path: a proxy in front of a registry that has a single user.

Usage: registry_paths.py < SETTINGS, a JSON object: `port` to listen on at 127.0.0.1, `registry` (HOST:PORT), `login`
(USER:PASSWORD at the registry), `paths` (USER:PASSWORD to path). Without a known login the answer is 401, below another
path 403. Prints one line when it listens. Serves pulls only.
"""

import base64
import http.client
import http.server
import json
import shutil
import sys

SETTINGS = json.load(sys.stdin)


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


PATHS = {basic(login): f"/v2/{path}/" for login, path in SETTINGS["paths"].items()}


class Handler(http.server.BaseHTTPRequestHandler):
    # Without this, the answer to a TLS handshake has no status line, and containerd does not try HTTP.
    default_request_version = "HTTP/1.0"

    def do_GET(self):
        path = PATHS.get(self.headers.get("Authorization"))
        if path is None:
            self.refuse(401)
        elif self.path != "/v2/" and not self.path.startswith(path):
            self.refuse(403)
        else:
            self.forward()

    do_HEAD = do_GET

    def refuse(self, status):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="paths"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def forward(self):
        upstream = http.client.HTTPConnection(SETTINGS["registry"])
        headers = {"Authorization": basic(SETTINGS["login"]), "Accept": ", ".join(self.headers.get_all("Accept", ["*/*"]))}
        upstream.request(self.command, self.path, headers=headers)
        answer = upstream.getresponse()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        shutil.copyfileobj(answer, self.wfile)
        upstream.close()


server = http.server.ThreadingHTTPServer(("127.0.0.1", SETTINGS["port"]), Handler)
print("listening", flush=True)
server.serve_forever()
