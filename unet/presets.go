package unet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Presets are named configurations.
//
//	name           image      parameters   for
//	tiny           28×28×1       275 889   MNIST in minutes on two CPU cores
//	mnist-small    28×28×1       686 308   MNIST in minutes on two CPU cores, in patches of 2×2 pixels
//	mnist          32×32×1     1 589 633   MNIST, padded to 32
//	cifar10        32×32×3    36 009 987   CIFAR-10 on a GPU
//	cifar10-tiny   32×32×3     1 097 187   CIFAR-10 shapes on two CPU cores
//	cifar10-small  32×32×3     1 393 248   CIFAR-10 in hours on two CPU cores, in patches of 2×2 pixels
//
// Package run trains tiny and cifar10-tiny without dropout and with a time scale of 8, which config.toml then has.
var Presets = map[string]Config{
	"tiny": {
		Size: 28, Channels: 1, Base: 16, Multipliers: []int{1, 2, 2}, Blocks: 1, Attention: []int{7}, Dropout: 0.1,
	},
	"mnist-small": {
		Size: 28, Channels: 1, Patch: 2, TimeScale: 16, Base: 32, Multipliers: []int{1, 2}, Blocks: 1,
		Attention: []int{7},
	},
	"mnist": {
		Size: 32, Channels: 1, Base: 32, Multipliers: []int{1, 2, 2}, Blocks: 2, Attention: []int{16}, Dropout: 0.1,
	},
	"cifar10": {
		Size: 32, Channels: 3, Base: 128, Multipliers: []int{1, 2, 2, 2}, Blocks: 2, Attention: []int{16, 8},
		Dropout: 0.1,
	},
	"cifar10-tiny": {
		Size: 32, Channels: 3, Base: 32, Multipliers: []int{1, 2, 2}, Blocks: 1, Attention: []int{8}, Dropout: 0.1,
	},
	"cifar10-small": {
		Size: 32, Channels: 3, Patch: 2, TimeScale: 16, Base: 36, Multipliers: []int{1, 2, 2}, Blocks: 1,
		Attention: []int{8},
	},
}

// PresetNames lists the names of Presets in alphabetical order.
func PresetNames() []string { return slices.Sorted(maps.Keys(Presets)) }

// Preset returns the configuration of that name, or an error that lists the names there are.
func Preset(name string) (Config, error) {
	cfg, ok := Presets[name]
	if !ok {
		return Config{}, fmt.Errorf("unet: unknown preset %q; use one of %s", name, strings.Join(PresetNames(), ", "))
	}
	return cfg, nil
}
