// Package engine opens a GoMLX backend by the name that a user gives:
//
//	simd[:OPTIONS]          package backends/simd, on the CPU; in every binary
//	xla:cpu, xla:cuda       XLA through a PJRT plugin; in binaries built with -tags xla
//	auto                    xla:cuda if the binary has XLA and the machine an NVIDIA GPU, else simd
//
// For XLA the package finds the plugin (see [Plugin]) and checks it before loading it. If there is no plugin, or it is
// the wrong one, the error says in one line what to do.
package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/internal/mistake"
)

// ErrNoGPU is wrapped by errors about a GPU that this machine doesn't have. The same program may run on another
// machine.
var ErrNoGPU = errors.New("no NVIDIA GPU here")

// Auto stands for the fastest engine of this binary on this machine.
const Auto = "auto"

// Engines and devices.
const (
	simdName   = "simd"
	xlaName    = "xla"
	cpuDevice  = "cpu"
	cudaDevice = "cuda"
)

// Choice is the name of an engine with its options, checked by [Parse].
type Choice struct {
	engine  string  // simd or xla
	device  string  // cpu or cuda, of engine xla
	options string  // of engine simd, in its own syntax
	memory  float64 // share of a GPU's memory that XLA takes, 0 for the plugin's default
	tf32    bool    // XLA computes products in TensorFloat-32; false leaves its default
}

// Names lists the names that [Parse] takes in this binary, without options.
func Names() []string {
	if !compiled {
		return []string{Auto, simdName}
	}
	return []string{Auto, simdName, xlaName + ":" + cudaDevice, xlaName + ":" + cpuDevice}
}

// Described lists [Names] without auto, and says which kernels simd uses on this processor.
func Described() []string {
	names := slices.Clone(Names()[1:])
	names[0] = describeSIMD()
	return names
}

// describeSIMD names simd and its kernels.
func describeSIMD() string {
	kernels := simd.Kernels()
	if kernels == "generic" {
		kernels = "no assembly for this processor, some 15 times slower"
	}
	return fmt.Sprintf("%s (%s)", simdName, kernels)
}

// Parse reads the name of an engine. The names auto and xla leave the engine or the device open; Parse settles it for
// this machine.
//
// For an engine or a device that this binary doesn't have, and for an option that the engine doesn't have, Parse
// returns an error of one line that lists the known ones.
func Parse(name string) (Choice, error) {
	engine, rest, _ := strings.Cut(name, ":")
	switch engine {
	case Auto, "":
		if rest != "" {
			return Choice{}, fmt.Errorf("engine: %s takes no options, got %q; name an engine, as in %s:%s", Auto, rest,
				simdName, rest)
		}
		return best(compiled, gpus()), nil
	case simdName:
		if err := simd.CheckConfig(rest); err != nil {
			return Choice{}, fmt.Errorf("engine: backend %s: %w", name, err)
		}
		return Choice{engine: simdName, options: rest}, nil
	case xlaName:
		return parseXLA(rest)
	}
	return Choice{}, fmt.Errorf("engine: unknown backend %q; this binary has %s%s", name, strings.Join(Names(), ", "),
		without())
}

// without says how to build a binary with the engines that this one lacks.
func without() string {
	if compiled {
		return ""
	}
	return ", and `make build-gpu` makes one with xla:cuda and xla:cpu"
}

func parseXLA(rest string) (Choice, error) {
	if !compiled {
		return Choice{}, mistake.Fail("engine: this binary has no XLA; `make build-gpu` makes one that has it, " +
			"{backend} simd " +
			"computes on the CPU")
	}
	parts := strings.Split(rest, ",")
	c := Choice{engine: xlaName, device: parts[0]}
	if c.device == "" {
		c.device = cpuDevice
		if gpus() > 0 {
			c.device = cudaDevice
		}
	}
	if c.device != cpuDevice && c.device != cudaDevice {
		return Choice{}, fmt.Errorf("engine: unknown device %q of backend xla; there are %s:%s and %s:%s", parts[0],
			xlaName, cudaDevice, xlaName, cpuDevice)
	}
	for _, option := range parts[1:] {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "tf32":
			c.tf32 = true
		case "memory":
			share, err := strconv.ParseFloat(value, 64)
			if err != nil || !(share > 0 && share <= 1) {
				return Choice{}, fmt.Errorf("engine: memory=%s of backend xla; give the share of the GPU's memory to "+
					"take, such as memory=0.9", value)
			}
			c.memory = share
		default:
			return Choice{}, fmt.Errorf("engine: unknown option %q of backend xla; there are memory=SHARE and tf32",
				option)
		}
	}
	return c, nil
}

// best is XLA if it is compiled in and there is a GPU. On the CPU simd is faster.
func best(xla bool, gpus int) Choice {
	if xla && gpus > 0 {
		return Choice{engine: xlaName, device: cudaDevice}
	}
	return Choice{engine: simdName}
}

// String returns the name that Parse reads as c.
func (c Choice) String() string {
	if c.engine == simdName {
		if c.options == "" {
			return simdName
		}
		return simdName + ":" + c.options
	}
	s := xlaName + ":" + c.device
	if c.tf32 {
		s += ",tf32"
	}
	if c.memory != 0 {
		s += fmt.Sprintf(",memory=%g", c.memory)
	}
	return s
}

// Rounding is the part of c that decides the last bits of results: the name without options that don't change them,
// such as workers and memory. Two choices with the same Rounding compute the same bits on the same machine.
func (c Choice) Rounding() string {
	c.memory = 0
	c.options = strings.Join(slices.DeleteFunc(strings.Split(c.options, ","), func(option string) bool {
		key, _, _ := strings.Cut(option, "=")
		return key == "workers" || key == "memory" || key == "profile"
	}), ",")
	return c.String()
}

// XLA reports whether c is one of XLA's engines. They compute in bfloat16 on request and take several devices, and
// their memory is not the program's.
func (c Choice) XLA() bool { return c.engine == xlaName }

// GPU reports whether c computes on a GPU.
func (c Choice) GPU() bool { return c.device == cudaDevice }

// Check returns an error of one line, with a remedy, if c doesn't have so many devices here.
func (c Choice) Check(devices int) error {
	switch {
	case devices < 1:
		return fmt.Errorf("engine: %d devices; give at least 1", devices)
	case devices > 1 && !c.XLA():
		return mistake.Fail("engine: %d devices of backend simd, which is one device that uses all cores; leave "+
			"{devices} "+
			"out, or use {backend} xla:cuda", devices)
	case c.GPU() && gpus() == 0:
		return mistake.Fail("engine: %w (no /dev/nvidia0 or /dev/dxg, or CUDA_VISIBLE_DEVICES hides them); use "+
			"{backend} simd, or run the container with its GPUs, as `docker run --gpus all` does", ErrNoGPU)
	case c.GPU() && devices > gpus():
		return mistake.Fail("engine: %d devices, and there are %d GPUs; use {devices} %d", devices, gpus(), gpus())
	}
	return nil
}

// Profiled returns c with the option profile=on, which measures the time of each op. It reports false for XLA, which
// doesn't have the option.
func (c Choice) Profiled() (Choice, bool) {
	if c.XLA() {
		return c, false
	}
	c.options = strings.TrimPrefix(c.options+",profile=on", ",")
	return c, true
}
