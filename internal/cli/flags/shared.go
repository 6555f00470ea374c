package flags

import "github.com/spf13/pflag"

// Help of settings that `amgen bench` has as well.
const (
	AntitheticHelp = "use opposite noise in the two halves of a batch"
	AccumulateHelp = "number of parts of a batch, computed one after another to save memory"
)

// BindJSON registers the flag --json.
func BindJSON(f *pflag.FlagSet, as *bool) { f.BoolVar(as, "json", false, "print one JSON object") }

// BindOffline registers the flag --offline.
func BindOffline(f *pflag.FlagSet, offline *bool) {
	f.BoolVar(offline, "offline", false, "never use the network")
}
