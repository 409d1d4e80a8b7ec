# shellcheck shell=bash
# shellcheck disable=SC2154 # repository and the lists of packages are Config/common.sh's
# shellcheck disable=SC2120 # more packages are an option
# What Tests/run and Tests/bench have in common. Sourced, after Config/common.sh.

# Beside what building, network mode awsvpc and the engines of test hosts take (build_packages, awsvpc_packages and
# engine_packages in Config/common.sh):
test_packages=(
    python3-venv    # the environment with pinned boto3, aws and pytest
    busybox-static  # what the test image is made of
    podman          # the other engine
    netavark        # its networks
    catatonit       # its process 1 for containers
    util-linux      # nsenter
    ca-certificates # for the Python packages
)

install_test_packages() {
    install_packages "${build_packages[@]}" "${awsvpc_packages[@]}" "${engine_packages[@]}" \
        "${test_packages[@]}" "$@"
    # Debian 13 has the command in a package of its own.
    have docker || install_packages docker-cli
}

# Sets $venv. Ansible's modules for AWS are in its folder collections.
make_environment() {
    local stamp
    stamp=$(cat Tests/Integration/requirements.txt Tests/Integration/collections.txt | sha256sum | cut -d ' ' -f 1)
    venv=$repository/.build/venv
    if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
        note "Python environment in .build/venv"
        rm -rf "$venv"
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r Tests/Integration/requirements.txt ||
            fail "the Python packages of Tests/Integration/requirements.txt could not be installed" 69
        unpack_collections
        echo "$stamp" >"$venv/stamp"
    fi
}

# Two of the hundred collections in the package, out of its archive: to install it all would take 600 MB.
unpack_collections() {
    local archive=$venv/archive
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest "$archive" -r Tests/Integration/collections.txt ||
        fail "the packages of Tests/Integration/collections.txt could not be downloaded" 69
    "$venv/bin/python" - "$archive" "$venv/collections" <<'PYTHON'
import glob, os, sys, zipfile
archive, target = sys.argv[1:]
wanted = tuple(f"ansible_collections/{name}/" for name in ("amazon/aws", "community/aws"))
for path in glob.glob(os.path.join(archive, "*.whl")):
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(target, [name for name in wheel.namelist() if name.startswith(wanted)])
PYTHON
    rm -rf "$archive"
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
