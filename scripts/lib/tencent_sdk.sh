# shellcheck shell=bash
# The cloud vendor's own client: the judge of our signatures and of our fake of the cloud. Needs python-tools.sh.

# ensure_tencent_sdk: afterwards TCR_TENCENT_SDK is a Python that has it.
ensure_tencent_sdk() {
    # One client of the API and what it signs with; STS has its own.
    ensure_python_tools tencent-sdk tencentcloud-sdk-python-common==3.1.195 tencentcloud-sdk-python-sts==3.0.1459 \
        tencentcloud-sdk-python-tcr==3.1.189
    export TCR_TENCENT_SDK=$TCR_CACHE/tencent-sdk-venv/bin/python
}
