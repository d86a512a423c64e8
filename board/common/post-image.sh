#!/bin/sh
# From build outputs to a card: `post-image.sh FOLDER rpi4|virt`. Buildroot calls it with its folder of images, ci/card
# with one that it filled itself; `farseat-firmware` and the tools that it runs have to be in PATH.
# In:  FOLDER/Image, FOLDER/*.dtb, FOLDER/rpi-firmware/, $TARGET_DIR/{init,wpa_supplicant,lib/firmware/}; what else ships: FOLDER/show-info.json
#      (Buildroot's) or FOLDER/packages (name,version,licence a line); $FARSEAT_BUILT_FROM where it is not this tree;
#      $FARSEAT_WITHOUT_OVERLAYS=yes where the boot firmware came without; $FARSEAT_DEVELOPMENT=yes where the program may
#      trust the development key; $FARSEAT_URL_BASE where people will find the image, when that is not FOLDER itself
# Out: FOLDER/farseat-BOARD-VERSION.img, .img.xz, .img.xz.sha256, .rpi-imager-manifest, .farseat; about.json, sbom.cdx.json
set -eu
images=$1 board=$2
tree=$(cd "$(dirname "$0")/../.." && pwd)
case $board in
    rpi4) folder=$tree/board/raspberrypi4 hardware=raspberrypi,4-model-b ;;
    virt) folder=$tree/board/virt hardware=linux,dummy-virt ;;
    *) echo "post-image: unknown board $board (allowed: rpi4, virt)" >&2; exit 2 ;;
esac
: "${SOURCE_DATE_EPOCH:=$(git -C "$tree" log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
cd "$images"
name=farseat-$board-$(farseat-firmware version)
set -- --root "${FARSEAT_BUILT_FROM:-$tree}"
if [ -f show-info.json ]; then set -- "$@" --buildroot show-info.json; fi
if [ -f packages ]; then while read -r package; do set -- "$@" --package "$package"; done <packages; fi
farseat-firmware about "$@" --output about.json
farseat-firmware sbom "$@" --output sbom.cdx.json

# The slot: a folder that becomes a FAT file system, twice.
rm -rf slot && mkdir -p slot/overlays
cp "$folder/config.txt" "$folder/cmdline.txt" slot/
cp Image slot/kernel8.img
for file in rpi-firmware/start4.elf rpi-firmware/fixup4.dat rpi-firmware/LICENCE* *.dtb; do
    if [ -e "$file" ]; then cp "$file" slot/; fi
done
# Of the boot firmware's hundreds of overlays those that config.txt names. Where none can be had the card is for QEMU.
sed -n 's/^dtoverlay=\([^,]*\).*/\1/p' slot/config.txt | while read -r overlay; do
    if [ -n "${FARSEAT_WITHOUT_OVERLAYS:-}" ]; then echo "post-image: no $overlay.dtbo: this card is for QEMU only" >&2; continue; fi
    cp "rpi-firmware/overlays/$overlay.dtbo" slot/overlays/
done
rmdir slot/overlays 2>/dev/null || :
farseat-firmware licences "$@" --output slot/LICENCES.txt
farseat-firmware data --image data.ext4 --blocks data.blocks
farseat-firmware rootfs --init "$TARGET_DIR/init" --supplicant "$TARGET_DIR/wpa_supplicant" --firmware "$TARGET_DIR/lib/firmware" --output slot/initramfs.cpio data.blocks about.json sbom.cdx.json
farseat-firmware check-rootfs slot/initramfs.cpio ${FARSEAT_DEVELOPMENT:+--development}
farseat-firmware card --slot slot --data data.ext4 --output "$name.img"
farseat-firmware pack "$name.img"
farseat-firmware check-card "$name.img" --packed "$name.img.xz" ${FARSEAT_WITHOUT_OVERLAYS:+--without-overlays} ${FARSEAT_DEVELOPMENT:+--development}
sha256sum "$name.img.xz" >"$name.img.xz.sha256"
farseat-firmware manifest --image "$name.img" --packed "$name.img.xz" --output "$name.rpi-imager-manifest" \
    --url-base "${FARSEAT_URL_BASE:-file://$(pwd)}"
"$tree/board/common/bundle.sh" "$name" "$hardware"
