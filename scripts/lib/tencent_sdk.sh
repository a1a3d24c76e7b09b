# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Installs the cloud vendor's own client, which checks our signatures and our fake of the cloud. Needs python-tools.sh.

# ensure_tencent_sdk: sets TCR_TENCENT_SDK to a Python with the SDK.
ensure_tencent_sdk() {
    # The client of the TCR API, its common part, and the client of STS.
    ensure_python_tools tencent-sdk tencentcloud-sdk-python-common==3.1.195 tencentcloud-sdk-python-sts==3.0.1459 \
        tencentcloud-sdk-python-tcr==3.1.189
    export TCR_TENCENT_SDK=$TCR_CACHE/tencent-sdk-venv/bin/python
}
