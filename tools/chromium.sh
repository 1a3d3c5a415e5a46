#!/bin/sh
# Print the path of a Chromium for the browser tests; install Debian's where this runs as root and there is none.
set -eu
if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] || { echo "CHROMIUM names $CHROMIUM, which is no program: set it to a Chromium or unset it." >&2; exit 1; }
    echo "$CHROMIUM"
    exit 0
fi
find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}
if ! find_chromium; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } </dev/null >&2 || true
    fi
    find_chromium || { echo "The browser tests need Chromium: install it, for example: sudo apt-get install chromium, or set CHROMIUM=/path/to/it." >&2; exit 1; }
fi
