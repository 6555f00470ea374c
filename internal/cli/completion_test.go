package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// suggested is what a shell is told of the last argument.
func suggested(t *testing.T, args ...string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(printed(t, append([]string{"__complete"}, args...)...)), "\n")
	return lines[:len(lines)-1] // the last is for the shell's script
}

// TestCompletion: values of flags, and arguments, are suggested: names, runs, and the checkpoints of the run that is
// named.
func TestCompletion(t *testing.T) {
	t.Chdir(t.TempDir())
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "4", "--steps", "2", "--checkpoint-every", "1",
		"--sample-every", "0", "--out", "runs/first")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "4", "--steps", "3", "--sample-every", "0", "--out",
		"elsewhere")
	if err := os.Mkdir("runs/no-run", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cells.csv", "cells.txt", "photos"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join("photos", "cells.h5ad"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string // the last may be empty
		want []string
	}{
		{"sample --run ", []string{"runs/first"}},
		{"eval points --run runs/", []string{"runs/first"}},
		{"weights inspect ", []string{"runs/first"}},
		{"sample --checkpoint ", []string{"latest", "best", "2", "1"}},
		{"sample --run elsewhere --checkpoint ", []string{"latest", "best", "3"}},
		{"sample --run nowhere --checkpoint ", []string{"latest", "best"}},
		{"models pack elsewhere --checkpoint ", []string{"latest", "best", "3"}},
		{"sample --solver ", solve.Names()},
		{"sample --model m", []string{"mnist"}},
		{"train --objective ", flows.ObjectiveNames()},
		{"train --path ", flows.PathNames()},
		{"train --preset ", slices.Concat(run.ImagePresets(), run.PointPresets())},
		{"train --dataset fa", []string{"fashion-mnist"}},
		{"train --dataset fo", []string{"folder:"}},
		{"train --dataset folder:p", []string{"folder:photos/"}},
		{"train --dataset snapshots:photos/", []string{"snapshots:photos/cells.h5ad"}},
		{"train --backend ", []string{"auto", "simd"}},
		{"train --from m", []string{"mnist"}},
		{"train --from r", []string{"runs/first"}},
		{"eval fid --features lenet-m", []string{"lenet-mnist"}},
		{"eval fid --reference t", []string{"train", "test"}},
		{"data info mn", []string{"mnist"}},
		{"models show cifar", []string{"cifar10"}},
		{"edit inpaint --mask ", []string{"left", "right", "top", "bottom", "center"}},
		{"edit vary --model m", []string{"mnist"}},
		{"edit decode --code ", []string{"npz"}},
		{"data list ", nil},
		{"train --lr-decay", []string{"--lr-decay\tlearning-rate schedule after the warm-up: constant, cosine (to a " +
			"hundredth) (default: the preset's, see --dry-run)", "--lr-decay-steps\tstep at which the learning-rate decay " +
			"ends (default: --steps of the run's first session)"}},
		{"train --no", nil},
	} {
		got := suggested(t, strings.Split(c.args, " ")...)
		if strings.HasSuffix(c.args, "--backend ") { // a build with XLA has more
			got = slices.DeleteFunc(got, func(name string) bool { return strings.HasPrefix(name, "xla") || name == "go" })
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.args, got, c.want)
		}
	}
}

// TestCompletionOfAll: every flag whose help has the metavar NAME or WHICH suggests values, or is known to be free.
func TestCompletionOfAll(t *testing.T) {
	free := []string{"leave-out", "time-column", "label", "to", "truth", "from-time", "cells"}
	root := newRoot(term.Streams{})
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, _ := pflag.UnquoteUsage(f)
			if value != "NAME" && value != "WHICH" && value != "BACKEND" || slices.Contains(free, f.Name) {
				return
			}
			if _, ok := cmd.GetFlagCompletionFunc(f.Name); !ok {
				t.Errorf("%s --%s suggests nothing", cmd.CommandPath(), f.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
}
