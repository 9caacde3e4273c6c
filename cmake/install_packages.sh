#!/bin/sh
# Installs the Debian packages of cmake/packages.txt that are missing; without any, touches nothing.
#   sh cmake/install_packages.sh [FURTHER_LIST …]
set -eu
lists=$(dirname -- "$0")/packages.txt

say() { printf 'install_packages: %s\n' "$*" >&2; }

wanted=$(sed -e 's/#.*//' -- "$lists" "$@")
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is no Debian-like system, so nothing is installed; linseed needs what $lists $* names"
  exit 0
fi

missing=
for package in $wanted; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || state=
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  as_root=sudo
  if ! command -v sudo >/dev/null; then
    say "packages of $lists $* are missing and there is no sudo; as root, run:"
    say "  apt-get install --no-install-recommends$missing"
    exit 1
  fi
fi

say "installing$missing"
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"; }
if ! { apt update && apt install --yes --no-install-recommends $missing; } </dev/null; then
  say "apt-get could not install$missing (named in $lists $*)"
  exit 1
fi
