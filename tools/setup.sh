#!/bin/sh
# Make a virtual environment with the course and everything that its tests need. Run by `make`.
# PYTHON, VENV and TORCH say with what, where and which torch.
set -eu

say() { printf '%s\n' "$*" >&2; }

"$PYTHON" - <<'EOF' || exit 2
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"Python {sys.version.split()[0]} was found, 3.10 to 3.13 is expected. "
             "Name another: make PYTHON=python3.12 …")
EOF

# Debian and Ubuntu keep pip and venv apart from python3.
if ! "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
    package=$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "Python lacks venv: installing $package with apt-get …"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
    elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
        say "Python lacks venv: installing $package with sudo apt-get …"
        sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
    else
        say "Python lacks venv. Install it, then run make again: sudo apt-get install $package"
        exit 2
    fi
fi

if ! [ -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    say "[1/3] making $VENV"
    "$PYTHON" -m venv --clear "$VENV"
fi
pip="$VENV/bin/python -m pip --disable-pip-version-check -q install --no-compile"
say "[2/3] installing $TORCH"
$pip "$TORCH"
say "[3/3] installing the course and what its tests need"
constraints=$(mktemp)
trap 'rm -f "$constraints"' EXIT
printf '%s\n' "$TORCH" >"$constraints"
$pip -c "$constraints" -e ".[dev,cluster,docs,export,nbgrader,postgresql,tracking]"
"$VENV/bin/python" -m compileall -qq -j 0 "$VENV/lib" || true # on all cores; pip would use one
say "ready"
