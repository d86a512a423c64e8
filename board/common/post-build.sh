#!/bin/sh
# Called by Buildroot before the image is packed: removes what a toolchain and a skeleton bring along (the dynamic loader,
# the C library, /etc, links in /dev). What is left is /init and what overlays/rootfs has; anything else is an error.
set -eu
target=$1
overlay=$(dirname "$0")/../../overlays/rootfs
find "$target" -mindepth 1 -maxdepth 1 | while read -r entry; do
    name=${entry##*/}
    if [ "$name" = init ]; then continue; fi
    rm -rf "$entry"
    # Mount points are empty folders; git keeps them by a file that stays here.
    if [ -d "$overlay/$name" ]; then mkdir "$entry"; fi
done
[ -x "$target/init" ] || { echo "post-build: the program is not there as /init" >&2; exit 1; }
if file -b "$target/init" | grep -q 'dynamically linked'; then echo "post-build: /init wants a dynamic loader" >&2; exit 1; fi
