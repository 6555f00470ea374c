package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// defaultBackend is the best engine there is.
const defaultBackend = engine.Auto

// backendHelp describes the flag --backend.
func backendHelp() string {
	return "compute engine, NAME or NAME:OPTIONS as in simd:workers=1,memory=4GiB,winograd=off: " + strings.Join(engine.Names(), ", ")
}

const precisionHelp = "of the network's arithmetic: f32, or bf16 where --backend is xla:cuda or xla:cpu (parameters, averages and the loss stay f32)"

// openEngine is [run.OpenEngine] that names the engine on stderr.
func openEngine(name string, devices int, std streams) (*engine.Engine, error) {
	return run.OpenEngine(name, devices, loading(std))
}

// arithmetic says what computes the network of a run that is there already, and how precisely, whatever it was trained with.
type arithmetic struct{ backend, precision string }

func (o *arithmetic) bind(f *pflag.FlagSet) {
	f.StringVar(&o.backend, "backend", defaultBackend, backendHelp())
	f.StringVar(&o.precision, "precision", run.Float32, precisionHelp)
}

// check returns an error for what this binary doesn't have.
func (o *arithmetic) check() error {
	return run.Options{Backend: o.backend, Precision: o.precision}.Check()
}

// reported is the precision as reports have it: none for the usual one.
func (o *arithmetic) reported() string {
	if o.precision == run.Float32 {
		return ""
	}
	return o.precision
}
