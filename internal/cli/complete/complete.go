// Package complete suggests what the values of flags and the arguments of commands can be, to the completion of shells.
package complete

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// Register lets a command and all below it suggest values.
func Register(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		suggest := byFlag[cmd.Name()+" "+f.Name]
		if suggest == nil {
			suggest = byFlag[f.Name]
		}
		if suggest == nil {
			return
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, suggest); err != nil {
			panic(err) // the flag is there, and no other code registers any
		}
	})
	name := cmd.Name()
	if parent := cmd.Parent(); parent != nil {
		name = parent.Name() + " " + name
	}
	if suggest := byCommand[name]; suggest != nil {
		cmd.ValidArgsFunction = suggest
	} else if cmd.Runnable() && cmd.ValidArgsFunction == nil && cmd.Args != nil && cmd.Args(cmd, []string{"x"}) != nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range cmd.Commands() {
		Register(sub)
	}
}

// Plain takes the name of the value, and its backquotes, from the help of the flags of a command and of all below it:
// completion shows that as it is.
func Plain(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { _, f.Usage = flags.ValueAndText(f) })
	for _, sub := range cmd.Commands() {
		Plain(sub)
	}
}

// source finds suggestions for what was typed.
type source = cobra.CompletionFunc

// byFlag are the sources of flags: by name, or by command and name where a name means different things.
var byFlag = map[string]source{
	"dataset":          dataSets,
	"preset":           names(slices.Concat(run.ImagePresets(), run.PointPresets())...),
	"train from":       either(bundled, runs),
	"sweep from":       either(bundled, runs),
	"objective":        names(flows.ObjectiveNames()...),
	"estimator":        names(flows.EstimatorNames()...),
	"weight":           names(flows.WeightNames()...),
	"path":             names(flows.PathNames()...),
	"train times":      names(flows.TimesNames()...),
	"sweep times":      names(flows.TimesNames()...),
	"estimators times": names(flows.TimesNames()...),
	"action":           names(run.ActionNames()...),
	"coupling":         names(science.CouplingNames()...),
	"optimizer":        names(optimizer.RuleNames()...),
	"lr-decay":         names(flows.DecayNames()...),
	"backend":          names(engine.Names()...),
	"precision":        names(run.Float32, run.BFloat16),
	"solver":           names(solve.Names()...),
	"grid":             names(solve.GridNames()...),
	"probe":            names(flows.ProbeNames()...),
	"run":              runs,
	"runs":             runs,
	"out":              runs,
	"store":            directories,
	"checkpoint":       checkpoints,
	"model":            files(bundled, "safetensors"),
	"features":         names(slices.Concat([]string{"auto"}, features.Names(), []string{"raw"})...),
	"mode":             names(modes()...),
	"samples":          anyFile(dataSets),
	"reference":        anyFile(either(names("train", "test"), dataSets)),
	"config":           files(nothing, "toml"),
	"dtype":            names("f32", "bf16", "f16"),
	"format":           names("safetensors", "pytorch"),
	"fit":              names(fit.Names()[1:]...),
	"mask":             anyFile(names("left", "right", "top", "bottom", "center")),
	"code":             files(nothing, "npz"),
	"log":              names("text", "json"),
}

// byCommand are the sources of arguments.
var byCommand = map[string]source{
	"data info":        dataSets,
	"data fetch":       names(slices.Concat(imageSets(), []string{science.EmbryoName})...),
	"data verify":      names(slices.Concat(imageSets(), []string{science.EmbryoName}, features.Fetched())...),
	"models show":      files(bundled, "safetensors"),
	"models pack":      runs,
	"runs list":        runs,
	"runs compare":     runs,
	"runs tensorboard": runs,
	"amgen watch":      runs,
	"amgen report":     runs,
	"amgen serve":      directories,
	"weights list":     runs,
	"weights inspect":  files(runs, "safetensors", "pt", "pth"),
	"weights import":   files(nothing, "safetensors", "pt", "pth"),
	"eval compare":     files(nothing, "json"),
	"eval merge":       directories,
	"sample merge":     directories,
}

func modes() (list []string) {
	for _, m := range resize.Modes() {
		list = append(list, string(m))
	}
	return list
}

// names suggests some names, and no files.
func names(list ...string) source {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return startingWith(typed, list), cobra.ShellCompDirectiveNoFileComp
	}
}

// bundled suggests the models that are at hand.
func bundled(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return startingWith(typed, models.Here()), cobra.ShellCompDirectiveNoFileComp
}

// startingWith are those of a list that begin with what was typed.
func startingWith(typed string, list []string) (found []string) {
	for _, name := range list {
		if strings.HasPrefix(name, typed) {
			found = append(found, name)
		}
	}
	return found
}

// nothing suggests nothing.
func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// either suggests what both sources do.
func either(a, b source) source {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		first, _ := a(cmd, args, typed)
		second, directive := b(cmd, args, typed)
		return append(first, second...), directive
	}
}

// files suggests what a source does, or files with some endings if that is nothing.
func files(first source, endings ...string) source {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if found, _ := first(cmd, args, typed); len(found) > 0 {
			return found, cobra.ShellCompDirectiveNoFileComp
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// anyFile suggests what a source does, or any file if that is nothing.
func anyFile(first source) source {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if found, directive := first(cmd, args, typed); len(found) > 0 {
			return found, directive
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// directories suggests directories.
func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// runs suggests the runs below [flags.RunsDir], or any directory where none begins so.
func runs(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if found := startingWith(typed, flags.Runs()); len(found) > 0 {
		return found, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// checkpoints suggests those of the run that --run or the first argument names, or of the newest run.
func checkpoints(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	list := []string{run.Latest, run.Best}
	dir := ""
	if f := cmd.Flags().Lookup("run"); f != nil {
		dir = f.Value.String()
	} else if len(args) > 0 {
		dir = args[0]
	}
	if dir == "" {
		newest, err := flags.NewestRun()
		if err != nil {
			return startingWith(typed, list), cobra.ShellCompDirectiveNoFileComp
		}
		dir = string(newest)
	}
	found, _ := weights.List(run.Dir(dir).Checkpoints()) // none can be suggested where they can't be read
	for _, e := range found {
		list = append(list, strconv.FormatInt(e.Step, 10))
	}
	return startingWith(typed, list), cobra.ShellCompDirectiveNoFileComp
}
