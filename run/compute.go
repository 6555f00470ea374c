package run

import (
	"cmp"
	"errors"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/mistake"
)

// Precisions that a network computes in. Parameters, their averages and the loss are float32 in either.
const (
	Float32  = "f32"
	BFloat16 = "bf16"
)

// Compute says what computes a network, and how.
type Compute struct {
	Backend    string // as [engine.Parse] reads it; "" is the best there is
	Precision  string // Float32, the default, or BFloat16, which needs XLA
	Batch      int    // examples of a step
	Accumulate int    // parts of a batch, computed one after another
	Devices    int    // that share a batch
}

// Engine is the engine that is meant. Its error is a [ConfigError] for one that this program doesn't have, and for
// what it can't do; it wraps [engine.ErrNoGPU], and is none, where this machine lacks a GPU.
func (c Compute) Engine() (engine.Choice, error) {
	choice, err := chooseEngine(c.Backend, c.Precision)
	if err != nil {
		return choice, err
	}
	if err := choice.Check(c.Devices); errors.Is(err, engine.ErrNoGPU) {
		return choice, err
	} else if err != nil {
		return choice, mistake.Wrap(err)
	}
	if parts := c.Accumulate * c.Devices; c.Batch%parts != 0 {
		return choice, mistake.New("{batch} %d does not divide into %d parts ({accumulate} %d × {devices} %d); "+
			"use {batch} %d", c.Batch, parts, c.Accumulate, c.Devices, (c.Batch/parts+1)*parts)
	}
	return choice, nil
}

// chooseEngine reads the name of an engine, and checks whether it has the precision.
func chooseEngine(backend, precision string) (engine.Choice, error) {
	choice, err := engine.Parse(backend)
	if err != nil {
		return choice, mistake.Wrap(err)
	}
	if err := mistake.OneOf("precision", precision, []string{"", Float32, BFloat16}); err != nil {
		return choice, err
	}
	if precision == BFloat16 && !choice.XLA() {
		return choice, mistake.New("{precision} bf16 is for GPUs, by {backend} xla:cuda, and for xla:cpu; backend %s "+
			"computes in f32: leave {precision} out", choice)
	}
	return choice, nil
}

// OpenEngine starts an engine on so many devices, and names it in the log. Call Finalize of its backend when it has
// done its work. Its error is a [ConfigError] for an engine that this program doesn't have.
func OpenEngine(backend string, devices int, out Output) (*engine.Engine, error) {
	choice, err := engine.Parse(backend)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	e, err := choice.Open(devices)
	if err != nil {
		return nil, err
	}
	out.logf("backend: %s", e.Describe())
	return e, nil
}

// settleEngine names the engine that is meant, and checks precision, devices and what a batch is divided into.
func (c *Config) settleEngine() error {
	choice, err := chooseEngine(c.Backend, c.Precision)
	if err != nil {
		return err
	}
	c.Backend, c.Precision = choice.String(), cmp.Or(c.Precision, Float32)
	if err := c.checkPrecision(); err != nil {
		return err
	}
	_, err = Compute{c.Backend, c.Precision, c.Batch, c.Accumulate, c.Devices}.Engine()
	return err
}

// checkPrecision is a ConfigError for a precision that the network doesn't have.
func (c *Config) checkPrecision() error {
	if c.Precision == BFloat16 && c.Points() {
		return mistake.New("{precision} bf16 is for the network of images, and %s has points; leave it out", c.Dataset)
	}
	return nil
}
