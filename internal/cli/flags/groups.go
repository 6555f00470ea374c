package flags

import "github.com/spf13/pflag"

// Groups of flags in help.
const (
	MainGroup      = "main"
	DataGroup      = "data"
	snapshotGroup  = "snapshot"
	imageGroup     = "image"
	objectiveGroup = "objective"
	networkGroup   = "network"
	trainingGroup  = "optimisation"
	MetricGroup    = "metric"
	SolverGroup    = "solver"
	OutputGroup    = "output"
	ComputeGroup   = "compute"
)

// Groups are the groups in the order of help.
var Groups = []string{MainGroup, DataGroup, snapshotGroup, imageGroup, objectiveGroup, networkGroup, trainingGroup,
	MetricGroup, SolverGroup, OutputGroup, ComputeGroup}

// groupKey is the annotation of a flag that names its group.
const groupKey = "amgen_group"

// Grouped adds to f the flags that bind registers, in a group of the help.
func Grouped(f *pflag.FlagSet, group string, bind func(f *pflag.FlagSet)) {
	part := pflag.NewFlagSet("", pflag.ContinueOnError)
	part.SortFlags = false
	bind(part)
	part.VisitAll(func(flag *pflag.Flag) {
		setGroup(flag, group)
		f.AddFlag(flag)
	})
}

// setGroup puts a flag into a group of the help.
func setGroup(flag *pflag.Flag, group string) {
	flag.Annotations = map[string][]string{groupKey: {group}}
}

// GroupOf is the group of a flag, "" for none.
func GroupOf(flag *pflag.Flag) string {
	if group := flag.Annotations[groupKey]; len(group) > 0 {
		return group[0]
	}
	return ""
}
