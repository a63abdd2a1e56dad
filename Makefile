# The front door. `make help` lists the targets.
BUILD ?= build

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/install-deps build
	@meson setup $(BUILD) >/dev/null

clean:
	rm -rf build build-*

.PHONY: all clean
