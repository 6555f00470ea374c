package flags

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// BindBackend registers the flag of the engine.
func BindBackend(f *pflag.FlagSet, name *string) {
	f.StringVar(name, "backend", engine.Auto, backendHelp())
}

// BindPrecision registers the flag of the precision.
func BindPrecision(f *pflag.FlagSet, name *string) {
	f.StringVar(name, "precision", run.Float32, precisionHelp)
}

// backendHelp describes the flag --backend.
func backendHelp() string {
	names := engine.Names()
	others := ""
	if !slices.Contains(names, "xla:cpu") {
		others = "; xla:cuda and xla:cpu in a build with XLA (`make build-gpu`)"
	}
	return "`BACKEND` compute engine: " + strings.Join(names, ", ") + others + "; options follow a colon, as in " +
		"simd:workers=2,memory=4GiB (cores and memory to use)"
}

const precisionHelp = "`TYPE` precision of the network: " + run.Float32 + ", or " + run.BFloat16 +
	" on an XLA backend (`make build-gpu`)"

// Arithmetic chooses the engine and the precision for a trained network, independently of those of its training.
type Arithmetic struct{ Backend, precision string }

// Bind registers the flags.
func (o *Arithmetic) Bind(f *pflag.FlagSet) {
	BindBackend(f, &o.Backend)
	BindPrecision(f, &o.precision)
}

// Check returns an error for an engine or a precision that this binary doesn't have.
func (o *Arithmetic) Check() error {
	return run.Options{Backend: o.Backend, Precision: o.precision}.Check()
}

// Reported is the precision in reports: empty for the default.
func (o *Arithmetic) Reported() string {
	if o.precision == run.Float32 {
		return ""
	}
	return o.precision
}
