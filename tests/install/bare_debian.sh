#!/bin/sh
# Makes the Debian packages of a finished build, installs them in a bare Debian 12 and runs the
# consumers there. As root:
#   bare_debian.sh BUILD_DIRECTORY [BASE]
# BASE is a bare tree to copy; without it debootstrap makes one. It takes minutes, so CI leaves it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
if [ $# -gt 1 ]; then
  cp -a "$2/." "$root"
else
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  # shellcheck disable=SC2086 # no mirror, no word
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" $mirror
fi
mkdir -p "$root/linseed"
(cd "$root/linseed" && cpack --config "$build/CPackConfig.cmake")
cp "$here"/* "$root/linseed"
mount -t proc proc "$root/proc"
in_root() {
  chroot "$root" env -i HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc "cd /linseed && $*"
}
in_root 'apt-get -q update'
echo '== the runtime package alone'
in_root 'apt-get -qy install --no-install-recommends ./liblinseed[0-9]*.deb'
in_root 'test -e /usr/lib/liblinseed.so.*.*.*'
in_root '! ldd /usr/lib/liblinseed.so.* | grep "not found"'
echo '== the command'
in_root 'apt-get -qy install --no-install-recommends ./linseed-tools*.deb'
in_root 'linseed --version && linseed inspect nowhere 2>&1 | grep "no file"'
in_root 'test -e /usr/share/bash-completion/completions/linseed'
echo '== the development package'
in_root 'apt-get -qy install --no-install-recommends ./*.deb g++ cmake ninja-build pkg-config'
for linkage in shared static; do
  for finder in cmake pkg-config; do
    echo "== $finder, $linkage"
    in_root "sh consumer_test.sh /usr scratch $finder $linkage g++"
  done
done
