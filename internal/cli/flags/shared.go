package flags

import "github.com/spf13/pflag"

// Help of settings that `amgen bench` has as well.
const (
	AntitheticHelp = "use antithetic noise: each noise in one half of a batch has its negative in the other"
	AccumulateHelp = "number of micro-batches that a batch is split into, to save memory (gradient accumulation)"
)

// AxesHelp is the help of --axes.
const AxesHelp = "`NAMES` two coordinates that a picture of points shows, with a comma between: columns of the file " +
	"or, for a run trained with --components, PC1, PC2, … (default: the first two)"

// BindJSON registers the flag --json.
func BindJSON(f *pflag.FlagSet, as *bool) { f.BoolVar(as, "json", false, "print one JSON object") }
