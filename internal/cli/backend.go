package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
)

// defaultBackend is the best engine there is.
const defaultBackend = engine.Auto

// backendHelp describes the flag --backend.
func backendHelp() string {
	return "compute engine, NAME or NAME:OPTIONS as in simd:workers=1,memory=4GiB,winograd=off: " + strings.Join(engine.Names(), ", ")
}

// chooseBackend reads a --backend, and says in a usage error what there is where this binary doesn't have it.
func chooseBackend(name string) (engine.Choice, error) {
	choice, err := engine.Parse(name)
	if err != nil {
		return choice, usageError{err}
	}
	return choice, nil
}

// openEngine starts an engine on so many devices, and names it in the log.
func openEngine(name string, devices int, std streams) (*engine.Engine, error) {
	choice, err := chooseBackend(name)
	if err != nil {
		return nil, err
	}
	e, err := choice.Open(devices)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(std.err, "backend: %s\n", e.Describe())
	return e, nil
}

// Precisions that a network computes in.
const (
	float32Precision  = "f32"
	bfloat16Precision = "bf16"
	precisionHelp     = "of the network's arithmetic: f32, or bf16 where --backend is xla:cuda or xla:cpu (parameters, averages and the loss stay f32)"
)

// checkPrecision is a usage error for a precision that there isn't, or not on the engine.
func checkPrecision(precision string, choice engine.Choice) error {
	if err := oneOf("precision", precision, []string{float32Precision, bfloat16Precision}); err != nil {
		return err
	}
	if precision == bfloat16Precision && !choice.XLA() {
		return usagef("--precision bf16 is for GPUs, by --backend xla:cuda, and for xla:cpu; backend %s computes in f32: leave --precision out", choice)
	}
	return nil
}

// settleEngine names the engine that is meant, and checks precision, devices and what a batch is divided into.
func (c *Config) settleEngine() error {
	choice, err := chooseBackend(c.Backend)
	if err != nil {
		return err
	}
	c.Backend = choice.String()
	if err := checkPrecision(c.Precision, choice); err != nil {
		return err
	}
	if err := c.checkPrecision(); err != nil {
		return err
	}
	if err := choice.Check(c.Devices); errors.Is(err, engine.ErrNoGPU) {
		return err
	} else if err != nil {
		return usageError{err}
	}
	if parts := c.Accumulate * c.Devices; c.Batch%parts != 0 {
		return usagef("--batch %d does not divide into %d parts (--accumulate %d × --devices %d); use --batch %d", c.Batch, parts, c.Accumulate,
			c.Devices, (c.Batch/parts+1)*parts)
	}
	return nil
}

// checkPrecision is a usage error for a precision that the network doesn't have.
func (c *Config) checkPrecision() error {
	if c.Precision == bfloat16Precision && c.points() {
		return usagef("--precision bf16 is for the network of images, and %s has points; leave it out", c.Dataset)
	}
	return nil
}

// arithmetic says what computes the network of a run that is there already, and how precisely, whatever it was trained with.
type arithmetic struct{ backend, precision string }

func (o *arithmetic) bind(f *pflag.FlagSet) {
	f.StringVar(&o.backend, "backend", defaultBackend, backendHelp())
	f.StringVar(&o.precision, "precision", float32Precision, precisionHelp)
}

// check returns a usage error for what this binary doesn't have.
func (o *arithmetic) check() error {
	choice, err := chooseBackend(o.backend)
	if err == nil {
		err = checkPrecision(o.precision, choice)
	}
	return err
}

// runConfig is the configuration of the run in dir, with this precision.
func (o *arithmetic) runConfig(dir string) (Config, error) {
	cfg, err := readRunConfig(dir)
	if err != nil {
		return cfg, err
	}
	cfg.Precision = o.precision
	return cfg, cfg.checkPrecision()
}

// reported is the precision as reports have it: none for the usual one.
func (o *arithmetic) reported() string {
	if o.precision == float32Precision {
		return ""
	}
	return o.precision
}
