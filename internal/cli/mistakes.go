package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
)

// plainFlag makes an error of a flag's value say what the flag takes, rather than which function failed.
func plainFlag(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	f := wrong.GetFlag()
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand
	}
	switch text := wrong.GetValue(); {
	case errors.Is(err, strconv.ErrRange) && strings.HasPrefix(text, "-"):
		return fmt.Errorf("%s: %s is too small", name, text)
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%s: %s is too large", name, text)
	}
	return fmt.Errorf("%s takes %s, got %q", name, takes(f.Value.Type()), wrong.GetValue())
}

// explainArgs makes a command, and those below it, explain arguments that they don't take.
func explainArgs(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			switch {
			case err == nil:
				return nil
			case strings.HasPrefix(err.Error(), "unknown command") && cmd.Flags().Lookup("image") != nil:
				return fmt.Errorf("unexpected argument %q: each --image takes one picture; pass --image before it, or "+
					"leave it out", args[0])
			case strings.HasPrefix(err.Error(), "unknown command"):
				return fmt.Errorf("%w; %s", err, meant(cmd, args[0]))
			}
			return wrongArgs(cmd, args) // cobra's own words are "accepts 1 arg(s), received 0"
		}
	}
	for _, sub := range cmd.Commands() {
		explainArgs(sub)
	}
}

// unknownCommand is the error of a command that has others below it and was given the name of none, nil if it wasn't. A
// flag that it doesn't have may be one of those.
func unknownCommand(cmd *cobra.Command) error {
	typed := cmd.Flags().Args() // those before the flag
	if !cmd.HasSubCommands() || len(typed) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q for %q; %s", typed[0], cmd.CommandPath(), meant(cmd, typed[0]))
}

// wrongArgs is the error of a command that was given too many or too few arguments.
func wrongArgs(cmd *cobra.Command, args []string) error {
	_, takes, _ := strings.Cut(cmd.Use, " ")
	got := "nothing"
	if len(args) > 0 {
		got = terminal.Words(args)
	}
	return fmt.Errorf("`%s` takes %s, got %s; `%s --help` shows how", cmd.CommandPath(), takes, got, cmd.CommandPath())
}

// meant suggests what an unknown argument may stand for.
func meant(cmd *cobra.Command, word string) string {
	near := cmd.SuggestionsFor(word)
	switch {
	case len(near) > 0:
		return fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	case cmd.Flags().Lookup("run") != nil:
		return fmt.Sprintf("to name a run pass --run %s", terminal.Word(word))
	}
	return fmt.Sprintf("`%s --help` lists what there is", cmd.CommandPath())
}

// otherNames are what other programs call flags of amgen.
var otherNames = map[string]string{
	"epochs": "steps", "iterations": "steps", "iters": "steps", "max-steps": "steps", "bs": "batch",
	"batch-size": "batch", "learning-rate": "lr", "output-dir": "out", "outdir": "out", "logdir": "out",
	"device": "backend", "gpu": "backend", "model-path": "run", "ckpt": "checkpoint", "cfg-scale": "guidance",
	"guidance-scale": "guidance", "num-samples": "n", "nfe": "steps", "data": "dataset", "network": "preset",
	"label": "class", "leaveout": "leave-out",
}

// meantFlag asks whether a flag that the command has is meant by one that it doesn't have.
func meantFlag(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	typed := unknown.GetSpecifiedName()
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := cmp.Or(otherNames[typed], mistake.Nearest(typed, names))
	f := cmd.Flags().Lookup(near)
	switch {
	case f == nil || unknown.GetSpecifiedShortnames() != "":
		return ""
	case typed == "epochs":
		return "training is counted in batches, by --steps; "
	case len(near) == 1:
		return fmt.Sprintf("did you mean -%s? ", near)
	}
	return fmt.Sprintf("did you mean --%s? ", near)
}

// takes says in words what a flag of a type takes.
func takes(kind string) string {
	words := map[string]string{
		"int": "a whole number", "int64": "a whole number", "float64": "a number", "bool": "true or false",
		"string": `text in "quotes"`, "duration": "a duration as in 11h50m", "names": "names separated by commas",
		"intSlice": "whole numbers separated by commas", "float64Slice": "numbers separated by commas",
	}
	return cmp.Or(words[kind], kind)
}
