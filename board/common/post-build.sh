#!/bin/sh
# Called by Buildroot before the image is packed: removes what a toolchain and a skeleton bring along (the dynamic loader,
# the C library, /etc, links in /dev). What is left is /init, /wpa_supplicant, what the kernel loads into this board's radio, and
# what overlays/rootfs has; anything else is an error.
set -eu
target=$1
overlay=$(dirname "$0")/../../overlays/rootfs
# Packages bring the firmware of many radios, under many names.
firmware=$(mktemp -d)
trap 'rm -rf "$firmware"' EXIT
cp "$target/lib/firmware/regulatory.db" "$firmware/"
if [ -d "$target/lib/firmware/brcm" ]; then
    mkdir "$firmware/brcm"
    for file in bin clm_blob raspberrypi,4-model-b.txt txt; do
        file=brcm/brcmfmac43455-sdio.$file
        if [ -e "$target/lib/firmware/$file" ]; then cp -L "$target/lib/firmware/$file" "$firmware/brcm/"; fi
    done
    for file in bin clm_blob; do
        [ -e "$firmware/brcm/brcmfmac43455-sdio.$file" ] || { echo "post-build: no $file for the radio" >&2; exit 1; }
    done
fi
find "$target" -mindepth 1 -maxdepth 1 | while read -r entry; do
    name=${entry##*/}
    case $name in init | wpa_supplicant) continue ;; esac
    rm -rf "$entry"
    # Mount points are empty folders; git keeps them by a file that stays here.
    if [ -d "$overlay/$name" ]; then mkdir "$entry"; fi
done
mkdir -p "$target/lib"
cp -r "$firmware" "$target/lib/firmware"
chmod -R u=rwX,go=rX "$target/lib"
for program in init wpa_supplicant; do
    [ -x "$target/$program" ] || { echo "post-build: no program is there as /$program" >&2; exit 1; }
    if file -b "$target/$program" | grep -q 'dynamically linked'; then echo "post-build: /$program wants a dynamic loader" >&2; exit 1; fi
done
