#!/bin/sh
# The update bundle beside a card, from the folder `slot` that became it: `bundle.sh NAME HARDWARE`, called by post-image.sh
# in its folder. Signed with $FARSEAT_SIGNING_KEY (a file; its password is asked for), or, where $FARSEAT_DEVELOPMENT is
# yes, with the key that everybody has. Without a key there is no bundle: one that nobody signed is of no use.
# $FARSEAT_PATCH_OVER: bundles of one or two releases before, with spaces between them, whose owners fetch patches.
set -eu
name=$1 hardware=$2
keys=$(cd "$(dirname "$0")/../../firmware/keys" && pwd)
if [ -n "${FARSEAT_SIGNING_KEY:-}" ]; then
    key=$FARSEAT_SIGNING_KEY trusted=$keys/release.pub
elif [ "${FARSEAT_DEVELOPMENT:-}" = yes ]; then
    key=$keys/development.key trusted=$keys/development.pub
else
    cat >&2 <<WORDS
bundle: no update bundle is made, for no key is given to sign it. Set FARSEAT_SIGNING_KEY, or, with the same files:
bundle:   SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH farseat-firmware bundle --slot $(pwd)/slot --hardware $hardware --key FILE --output $name.farseat
WORDS
    exit 0
fi
set --
for bundle in ${FARSEAT_PATCH_OVER:-}; do set -- "$@" --over "$bundle"; done
farseat-firmware bundle --slot slot --hardware "$hardware" --key "$key" --output "$name.farseat" "$@" \
    ${FARSEAT_NOTES:+--notes "$FARSEAT_NOTES"}
# The cards that were just made have to take it.
farseat-firmware verify --public "$trusted" "$name.farseat"
for bundle in ${FARSEAT_PATCH_OVER:-}; do farseat-firmware inspect --over "$bundle" "$name.farseat"; done
