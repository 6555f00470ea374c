//go:build xla

package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/go-xla/pkg/pjrt"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/xla"

	"github.com/amgen/amgen/internal/mistake"
)

// compiled reports whether XLA is in this binary.
const compiled = true

// accelerated is XLA's backend under the name that the user gave, xla:cuda or xla:cpu.
type accelerated struct {
	*xla.Backend
	choice Choice
	plugin string
	api    version
	title  string // of its first device
}

// Name implements [backends.Backend]. It returns xla:cuda or xla:cpu.
func (a *accelerated) Name() string { return xlaName + ":" + a.choice.device }

// String returns the same as Name.
func (a *accelerated) String() string { return a.Name() }

// BufferDeviceNum implements [backends.Backend]. With one device it doesn't ask the plugin: a training step calls it
// for each variable, of which cifar10 has more than a thousand, on the thread that also launches the step.
func (a *accelerated) BufferDeviceNum(buffer backends.Buffer) (backends.DeviceNum, error) {
	if a.NumDevices() == 1 {
		return 0, nil
	}
	return a.Backend.BufferDeviceNum(buffer)
}

// openXLA finds or installs the device's plugin and starts a client on so many devices.
func openXLA(c Choice, devices int) (backends.Backend, error) {
	path, err := locate(c.device)
	if err != nil {
		return nil, err
	}
	if c.GPU() {
		findCUDA(path)
	}
	api, err := probe(path)
	if err != nil {
		return nil, mistake.Fail("engine: plugin %s: %v; "+remedy(c.device), path, err)
	}
	b, err := xla.NewWithOptions(c.goxla(path), c.client(devices))
	if err != nil {
		return nil, mistake.Fail("engine: plugin %s (PJRT %s) does not start on %s: %s; "+c.help(), path, api, c.device,
			oneLine(innermost(err)))
	}
	if n := int(b.NumDevices()); n < devices {
		b.Finalize()
		return nil, mistake.Fail("engine: %d devices, and plugin %s offers %d; use {devices} %d", devices, path, n, n)
	}
	return &accelerated{Backend: b, choice: c, plugin: path, api: api, title: title(b)}, nil
}

// locate finds the device's plugin, or installs it if there is no file of one.
func locate(device string) (string, error) {
	path, err := newFinder().find(device)
	if path != "" || err != nil {
		return path, err
	}
	if err := install(device); err != nil {
		return "", errNoPlugin(device, err)
	}
	if path, err = newFinder().find(device); path == "" && err == nil {
		err = errNoPlugin(device, nil)
	}
	return path, err
}

// goxla returns the configuration of GoMLX's backend.
func (c Choice) goxla(plugin string) string {
	if !c.GPU() {
		plugin += ",shared_buffers" // the CPU's memory is the host's
	}
	if c.tf32 {
		plugin += ",tf32"
	}
	return plugin
}

// client returns the options of the PJRT client, which limit it to so many devices.
func (c Choice) client(devices int) pjrt.NamedValuesMap {
	if !c.GPU() {
		return pjrt.NamedValuesMap{"cpu_device_count": int64(devices)}
	}
	visible := make([]int64, devices) // numbers among those that CUDA_VISIBLE_DEVICES lists
	for i := range visible {
		visible[i] = int64(i)
	}
	options := pjrt.NamedValuesMap{"visible_devices": visible}
	if c.memory != 0 {
		options["memory_fraction"] = float32(c.memory)
	}
	return options
}

// help says what to check if a client doesn't start.
func (c Choice) help() string {
	if c.GPU() {
		return "`nvidia-smi` shows whether the driver works and its memory is free; " + remedy(c.device)
	}
	return remedy(c.device)
}

// innermost returns the error that all others wrap.
func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// title is the first device's own description.
func title(b *xla.Backend) string {
	text, _, _ := strings.Cut(b.DeviceDescription(0), " [processId")
	return text
}

// Describe names the engine and what it computes on, for a log.
func (e *Engine) Describe() string {
	a, ok := e.Backend.(*accelerated)
	if !ok {
		return describeSIMD()
	}
	plural := ""
	if n := a.NumDevices(); n > 1 {
		plural = fmt.Sprintf("%d devices, the first ", n)
	}
	return fmt.Sprintf("%s (%s%s; PJRT %s of %s)", a.Name(), plural, a.title, a.api, a.plugin)
}
