# shellcheck shell=bash
# The cloud vendor's own client, which tells whether we sign as it does and whether our fake of the cloud is one. Needs
# common.sh and packages.sh.

# One client of the API and what it signs with; STS has its own.
TCR_TENCENT_SDK_PINS=(
    tencentcloud-sdk-python-common==3.1.195
    tencentcloud-sdk-python-sts==3.0.1459
    tencentcloud-sdk-python-tcr==3.1.189
)

# ensure_tencent_sdk: afterwards TCR_TENCENT_SDK is a Python that has it.
ensure_tencent_sdk() {
    local private=$TCR_CACHE/tencent-sdk-venv pins=$TCR_CACHE/tencent-sdk-venv/pins
    export TCR_TENCENT_SDK=$private/bin/python
    if [[ -x $TCR_TENCENT_SDK && -f $pins && $(<"$pins") == "${TCR_TENCENT_SDK_PINS[*]}" ]]; then return; fi
    ensure_packages python3 python3-venv
    run_step "installing the Tencent Cloud SDK from PyPI into $private" \
        "$TCR_LOGS/tencent-sdk-venv.log" install_tencent_sdk "$private" || exit 1
    echo "${TCR_TENCENT_SDK_PINS[*]}" >"$pins"
}

install_tencent_sdk() {
    local folder=$1
    rm -rf "$folder" &&
        python3 -m venv "$folder" &&
        "$folder/bin/pip" install --disable-pip-version-check "${TCR_TENCENT_SDK_PINS[@]}"
}
