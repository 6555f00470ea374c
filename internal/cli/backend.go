package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// backendHelp describes the flag --backend.
func backendHelp() string {
	return "`ENGINE` compute engine: " + strings.Join(engine.Names(), ", ") +
		"; options follow a colon, as in simd:workers=1,memory=4GiB,winograd=off"
}

const precisionHelp = "`TYPE` precision of the network: " + run.Float32 + ", or " + run.BFloat16 +
	" with --backend xla:cuda or xla:cpu; parameters, averages and the loss stay f32"

// arithmetic chooses the engine and the precision for a trained network, independently of those of its training.
type arithmetic struct{ backend, precision string }

func (o *arithmetic) bind(f *pflag.FlagSet) {
	f.StringVar(&o.backend, "backend", engine.Auto, backendHelp())
	f.StringVar(&o.precision, "precision", run.Float32, precisionHelp)
}

// check returns an error for an engine or a precision that this binary doesn't have.
func (o *arithmetic) check() error {
	return run.Options{Backend: o.backend, Precision: o.precision}.Check()
}

// reported is the precision in reports: empty for the default.
func (o *arithmetic) reported() string {
	if o.precision == run.Float32 {
		return ""
	}
	return o.precision
}
