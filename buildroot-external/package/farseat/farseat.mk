################################################################################
#
# farseat
#
################################################################################

# Put together by "make -C firmware source": what is tracked, the crates
# of Cargo.lock, and the page, which is built on the build machine.
FARSEAT_VERSION = local
FARSEAT_SITE = $(BR2_EXTERNAL_FARSEAT_PATH)/../firmware/build/source
FARSEAT_SITE_METHOD = local
FARSEAT_LICENSE = MIT or Apache-2.0
FARSEAT_LICENSE_FILES = LICENSE-MIT LICENSE-APACHE
# The host tool packs the card, after everything else is built.
FARSEAT_DEPENDENCIES = linux host-farseat

# Buildroot's own choice for [profile.release] is meant for fast builds.
# The C library goes into the binary: nothing else of it gets to the target.
FARSEAT_CARGO_ENV = \
	CARGO_PROFILE_RELEASE_LTO="fat" \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS="1" \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static -C target-cpu=cortex-a72 --remap-path-prefix=$(@D)=farseat" \
	BINDGEN_EXTRA_CLANG_ARGS="--sysroot=$(STAGING_DIR)" \
	LIBCLANG_PATH="$(LIBCLANG_PATH)" \
	V4L2R_VIDEODEV2_H_PATH="$(@D)/kernel-headers/include"
# With FARSEAT_DEVELOPMENT=yes it trusts the development key: never to ship.
FARSEAT_CARGO_BUILD_OPTS = --package farseat --bin farseat \
	--no-default-features --features \
	"device $(if $(filter yes,$(FARSEAT_DEVELOPMENT)),development)"

# bindgen reads the headers of the very kernel that the program will run on;
# those of a prebuilt toolchain are too old for it.
define FARSEAT_INSTALL_KERNEL_HEADERS
	$(LINUX_MAKE_ENV) $(BR2_MAKE) $(LINUX_MAKE_FLAGS) -C $(LINUX_DIR) \
		INSTALL_HDR_PATH=$(@D)/kernel-headers headers_install
endef
FARSEAT_PRE_BUILD_HOOKS += FARSEAT_INSTALL_KERNEL_HEADERS

define FARSEAT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/target/$(RUSTC_TARGET_NAME)/release/farseat \
		$(TARGET_DIR)/init
endef

# The kernel is configured as ci/kernel does it, from nothing but the
# fragments: what they do not name stays out, and what they name must land:
# looked at when it is configured, and again when it is built.
FARSEAT_LINUX_FRAGMENTS = $(LINUX_KCONFIG_FILE) $(LINUX_KCONFIG_FRAGMENT_FILES)
define FARSEAT_LINUX_LANDED
	$(BR2_EXTERNAL_FARSEAT_PATH)/../ci/landed $(LINUX_DIR)/.config \
		$(FARSEAT_LINUX_FRAGMENTS)
endef
define FARSEAT_LINUX_CONFIG_FIXUPS
	cat $(FARSEAT_LINUX_FRAGMENTS) > $(LINUX_DIR)/.farseat-wanted
	$(LINUX_KCONFIG_MAKE) KCONFIG_ALLCONFIG=.farseat-wanted allnoconfig
	$(FARSEAT_LINUX_LANDED)
endef
FARSEAT_PRE_BUILD_HOOKS += FARSEAT_LINUX_LANDED

# What joins wireless networks is the second program of the system, and
# static like the first. The package brings the source; what it can do is
# in the same file that ci/wpa uses.
define WPA_SUPPLICANT_CONFIGURE_CMDS
	cp $(BR2_EXTERNAL_FARSEAT_PATH)/../board/common/wpa_supplicant.config \
		$(WPA_SUPPLICANT_CONFIG)
endef
define WPA_SUPPLICANT_BUILD_CMDS
	$(TARGET_MAKE_ENV) \
		CFLAGS="$(WPA_SUPPLICANT_CFLAGS) -MMD -ffunction-sections -fdata-sections" \
		LDFLAGS="$(TARGET_LDFLAGS) -static -Wl,--gc-sections" \
		LIBS="`$(PKG_CONFIG_HOST_BINARY) --static --libs openssl`" \
		$(MAKE) CC="$(TARGET_CC)" -C $(@D)/$(WPA_SUPPLICANT_SUBDIR) \
		wpa_supplicant
endef
define WPA_SUPPLICANT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/$(WPA_SUPPLICANT_SUBDIR)/wpa_supplicant \
		$(TARGET_DIR)/wpa_supplicant
endef

# Better here than an hour into the build.
ifeq ($(BR_BUILDING)$(BR2_PACKAGE_FARSEAT),yy)
ifeq ($(wildcard $(LIBCLANG_PATH)/libclang*.so*),)
$(error farseat: LIBCLANG_PATH does not name a folder with libclang.so; install it (Debian: libclang-dev) and set the variable, e.g. LIBCLANG_PATH=/usr/lib/llvm-14/lib)
endif
endif

# It runs for some seconds, once a build.
HOST_FARSEAT_CARGO_ENV = CARGO_PROFILE_RELEASE_OPT_LEVEL="1"
HOST_FARSEAT_CARGO_BUILD_OPTS = --package farseat-firmware

define HOST_FARSEAT_INSTALL_CMDS
	$(INSTALL) -D -m 0755 $(@D)/target/release/farseat-firmware \
		$(HOST_DIR)/bin/farseat-firmware
endef

$(eval $(cargo-package))
$(eval $(host-cargo-package))
