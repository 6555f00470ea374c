package engine

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/backends"
)

// Engine is a GoMLX backend that was started, and the choice that it was started by.
type Engine struct {
	// Backend is for GoMLX. Its method Finalize ends the engine. The field is not embedded, because a type assertion on
	// the backend, such as unet's for direct convolutions, needs the backend itself.
	Backend backends.Backend

	Choice Choice
}

// Open parses the name of an engine and starts it on one device.
//
//	e, err := engine.Open("auto")
//	if err != nil { … }
//	defer e.Backend.Finalize()
func Open(name string) (*Engine, error) {
	c, err := Parse(name)
	if err != nil {
		return nil, err
	}
	return c.Open(1)
}

// Open starts the engine on so many devices: one unless [Choice.Check] allows more. Errors wrap [ErrNoGPU] if XLA finds
// no GPU.
func (c Choice) Open(devices int) (e *Engine, err error) {
	if err := c.Check(devices); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			e, err = nil, fmt.Errorf("engine: backend %s: %v", c, r)
		}
	}()
	var b backends.Backend
	if c.XLA() {
		b, err = openXLA(c, devices)
	} else if b, err = backends.NewWithConfig(c.String()); err != nil {
		err = fmt.Errorf("engine: backend %s: %w", c, err)
	}
	if err != nil {
		return nil, err
	}
	return &Engine{Backend: b, Choice: c}, nil
}

// Device names the engine and the kind of its first device, such as "simd on CPU, avx512". Two engines with the same
// text round alike if their [Choice.Rounding] is the same.
func (e *Engine) Device() string {
	kind, _, _ := strings.Cut(e.Backend.DeviceDescription(0), " [") // XLA adds the number of the device
	return e.Backend.Name() + " on " + kind
}
