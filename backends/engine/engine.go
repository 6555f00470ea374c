// Package engine opens a compute engine, a GoMLX backend, by the name that a user gives it:
//
//	simd[:OPTIONS]          the CPU engine of this module, always there
//	xla:cpu, xla:cuda       XLA through a PJRT plugin, in binaries built with -tags xla
//	auto                    the best that is compiled in and present
//
// It finds the plugin that XLA needs (see [Plugin]), looks at it before loading it, and says in one line what to do
// where there is none, or not the right one.
package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/backends/simd" // always there
)

// ErrNoGPU is wrapped where a machine lacks what another has: the same command may do there.
var ErrNoGPU = errors.New("no NVIDIA GPU here")

// Auto stands for the best engine there is.
const Auto = "auto"

// Engines and devices.
const (
	simdName   = "simd"
	xlaName    = "xla"
	cpuDevice  = "cpu"
	cudaDevice = "cuda"
)

// Choice is an engine that a user asked for.
type Choice struct {
	engine  string  // simd or xla
	device  string  // of xla
	options string  // of simd, as it reads them
	memory  float64 // share of a GPU's memory that XLA takes, 0 for the plugin's default
	tf32    bool    // products of xla in TensorFloat-32, whatever its default
}

// Names lists what [Parse] takes in this binary.
func Names() []string {
	if !compiled {
		return []string{Auto, simdName}
	}
	return []string{Auto, simdName, xlaName + ":" + cudaDevice, xlaName + ":" + cpuDevice}
}

// Parse reads the name of an engine. Auto, and xla without a device, become what suits this machine.
//
// It returns an error, one line with what there is, for an engine or a device that this binary doesn't have, and for options
// that the engine doesn't have.
func Parse(name string) (Choice, error) {
	engine, rest, _ := strings.Cut(name, ":")
	switch engine {
	case Auto, "":
		if rest != "" {
			return Choice{}, fmt.Errorf("engine: %s takes no options, got %q; name the engine that they are of, such as %s:%s", Auto, rest, simdName, rest)
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
	return Choice{}, fmt.Errorf("engine: unknown backend %q; this binary has %s%s", name, strings.Join(Names(), ", "), without())
}

// without says how to come by what is not compiled in.
func without() string {
	if compiled {
		return ""
	}
	return ", and `make build-gpu` makes one with xla:cuda and xla:cpu"
}

func parseXLA(rest string) (Choice, error) {
	if !compiled {
		return Choice{}, errors.New("engine: this binary has no XLA; `make build-gpu` makes one that has, --backend simd computes on the CPU")
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
		return Choice{}, fmt.Errorf("engine: unknown device %q of backend xla; there are %s:%s and %s:%s", parts[0], xlaName, cudaDevice, xlaName, cpuDevice)
	}
	for _, option := range parts[1:] {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "tf32":
			c.tf32 = true
		case "memory":
			share, err := strconv.ParseFloat(value, 64)
			if err != nil || !(share > 0 && share <= 1) {
				return Choice{}, fmt.Errorf("engine: memory=%s of backend xla; give the share of the GPU's memory to take, such as memory=0.9", value)
			}
			c.memory = share
		default:
			return Choice{}, fmt.Errorf("engine: unknown option %q of backend xla; there are memory=SHARE and tf32", option)
		}
	}
	return c, nil
}

// best is XLA where it is compiled in and there is a GPU. On the CPU simd is the faster one.
func best(xla bool, gpus int) Choice {
	if xla && gpus > 0 {
		return Choice{engine: xlaName, device: cudaDevice}
	}
	return Choice{engine: simdName}
}

// String is the name by which Parse gives c again.
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

// Rounding is what of c decides the last bits of what it computes: its name without the options that are about resources.
func (c Choice) Rounding() string {
	c.memory = 0
	c.options = strings.Join(slices.DeleteFunc(strings.Split(c.options, ","), func(option string) bool {
		key, _, _ := strings.Cut(option, "=")
		return key == "workers" || key == "memory"
	}), ",")
	return c.String()
}

// XLA tells whether c is one of XLA's engines, which compile graphs as a whole, compute in bfloat16 and take several
// devices.
func (c Choice) XLA() bool { return c.engine == xlaName }

// GPU tells whether c computes on one.
func (c Choice) GPU() bool { return c.device == cudaDevice }

// Check returns an error, one line with the remedy, where c doesn't have that many devices.
func (c Choice) Check(devices int) error {
	switch {
	case devices < 1:
		return fmt.Errorf("engine: %d devices; give at least 1", devices)
	case devices > 1 && !c.XLA():
		return fmt.Errorf("engine: %d devices of backend simd, which is one that uses all cores; leave --devices out, or use --backend xla:cuda", devices)
	case c.GPU() && gpus() == 0:
		return fmt.Errorf("engine: %w (no /dev/nvidia0 or /dev/dxg, or CUDA_VISIBLE_DEVICES hides them); use --backend simd, or run the container with its GPUs, as `docker run --gpus all` does", ErrNoGPU)
	case c.GPU() && devices > gpus():
		return fmt.Errorf("engine: %d devices, and there are %d GPUs; use --devices %d", devices, gpus(), gpus())
	}
	return nil
}

// Profiled is c with option profile=on, by which the engine measures each op. It is false for XLA, which can't.
func (c Choice) Profiled() (Choice, bool) {
	if c.XLA() {
		return c, false
	}
	c.options = strings.TrimPrefix(c.options+",profile=on", ",")
	return c, true
}
