package cli

import (
	"github.com/spf13/pflag"
)

// Groups of flags in help.
const (
	mainGroup      = "main"
	dataGroup      = "data"
	objectiveGroup = "objective"
	networkGroup   = "network"
	trainingGroup  = "optimisation"
	metricGroup    = "metric"
	solverGroup    = "solver"
	outputGroup    = "output"
	computeGroup   = "compute"
)

// flagGroups are the groups in the order of help.
var flagGroups = []string{mainGroup, dataGroup, objectiveGroup, networkGroup, trainingGroup, metricGroup, solverGroup,
	outputGroup, computeGroup}

// Help of flags that several commands have.
const (
	jsonHelp       = "print one JSON object"
	offlineHelp    = "never use the network"
	antitheticHelp = "use opposite noise in the two halves of a batch"
	accumulateHelp = "number of parts of a batch, computed one after another to save memory"
)

// groupKey is the annotation of a flag that names its group.
const groupKey = "amgen_group"

// grouped adds to f the flags that bind registers, in a group of the help.
func grouped(f *pflag.FlagSet, group string, bind func(f *pflag.FlagSet)) {
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

// groupOf is the group of a flag, "" for none.
func groupOf(flag *pflag.Flag) string {
	if group := flag.Annotations[groupKey]; len(group) > 0 {
		return group[0]
	}
	return ""
}
