# shellcheck shell=bash
# shellcheck disable=SC2154 # repository and build_packages are Config/common.sh's
# shellcheck disable=SC2120 # more packages are an option
# What Tests/run and Tests/bench have in common. Sourced, after Config/common.sh.

# Beside what building takes (build_packages in Config/common.sh):
test_packages=(
    python3-venv    # the environment with pinned boto3, aws and pytest
    busybox-static  # what the test image is made of
    docker.io       # an engine a test host
    iproute2        # network namespaces and links between them
    util-linux      # nsenter
    ca-certificates # for the Python packages
)

install_test_packages() {
    install_packages "${build_packages[@]}" "${test_packages[@]}" "$@"
    # Debian 13 has the command in a package of its own.
    have docker || install_packages docker-cli
}

# Sets $venv.
make_environment() {
    local stamp
    stamp=$(sha256sum Tests/Integration/requirements.txt | cut -d ' ' -f 1)
    venv=$repository/.build/venv
    if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
        note "Python environment in .build/venv"
        rm -rf "$venv"
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r Tests/Integration/requirements.txt ||
            fail "the Python packages of Tests/Integration/requirements.txt could not be installed" 69
        echo "$stamp" >"$venv/stamp"
    fi
}

# The generator's test reads the model that the types were generated from.
unpack_model() {
    STEVEDORE_BOTOCORE_ECS_MODEL=$repository/.build/botocore-ecs-service-2.json
    "$venv/bin/python" - "$STEVEDORE_BOTOCORE_ECS_MODEL" <<'PYTHON'
import glob, gzip, os, sys
import botocore
(path,) = glob.glob(os.path.join(os.path.dirname(botocore.__file__), "data", "ecs", "*", "service-2.json*"))
with (gzip.open(path) if path.endswith(".gz") else open(path, "rb")) as model, open(sys.argv[1], "wb") as copy:
    copy.write(model.read())
PYTHON
    export STEVEDORE_BOTOCORE_ECS_MODEL
}
