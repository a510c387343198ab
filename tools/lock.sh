#!/bin/sh
# Write requirements/*.txt and package-lock.json again: exact versions and hashes, no addresses, no paths of this machine.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v uv >/dev/null 2>&1; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet uv
    PATH="$work/venv/bin:$PATH"
fi
lock() {
    output=requirements/$1.txt
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --no-annotate "$@" -o "$work/out.txt"
    {
        echo "# Written by \`make lock\` from pyproject.toml. Exact versions with hashes, no addresses."
        cat "$work/out.txt"
    } >"$output"
    rm "$work/out.txt"
}
echo "setuptools>=77" >"$work/build.in"
mkdir -p requirements
lock build "$work/build.in"
lock verifier pyproject.toml
lock platform pyproject.toml --extra platform -c requirements/verifier.txt
lock test pyproject.toml --extra platform --extra tqm --extra test -c requirements/platform.txt
lock extras pyproject.toml --extra tqm --extra hsm --extra pdf --extra spark -c requirements/test.txt
lock node pyproject.toml --extra node -c requirements/platform.txt
npm install --package-lock-only --silent
