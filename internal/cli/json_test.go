package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
)

// TestJSON: every command that has --json prints objects of one shape, with keys that docs/reference/json.md lists.
func TestJSON(t *testing.T) {
	documented := documentedKeys(t)
	tested := map[string]bool{}
	check := func(command string, args ...string) string {
		t.Helper()
		text := printed(t, append(args, "--json")...)
		called := strings.Join(args, " ")
		for name := range documented {
			if strings.HasPrefix(called, name) {
				tested[name] = true
			}
		}
		for line := range strings.Lines(text) {
			checkObject(t, command, line, documented)
		}
		if lines := strings.Count(text, "\n"); lines == 0 || lines > 1 && !strings.HasPrefix(command, "bench") {
			t.Errorf("%s: %d lines:\n%s", command, lines, text)
		}
		return text
	}
	dir := t.TempDir()
	t.Setenv("AMGEN_CACHE", filepath.Join(dir, "cache"))
	at := func(name string) string { return filepath.Join(dir, name) }
	writeDiscs(t, at("discs"), 8)
	train := func(out string, args ...string) {
		t.Helper()
		check("train", append([]string{"train", "--steps", "2", "--batch", "4", "--sample-every", "0", "--out",
			at(out)}, args...)...)
	}
	train("points", "--dataset", "moons", "--objective", "am")
	train("images", "--dataset", "folder:"+at("discs"), "--preset", "tiny")
	solver := []string{"--solver", "euler", "--steps", "2", "-n", "8"}
	drawn := func(run string, args ...string) []string {
		return slices.Concat([]string{}, args, []string{"--run", at(run)}, solver)
	}
	check("sample", append(drawn("points", "sample"), "-o", at("points.csv"))...)
	check("sample", append(drawn("images", "sample"), "-o", at("images.png"))...)
	check("sample", append(drawn("images", "sample"), "--shard", "0/1", "-o", at("shard/"))...)
	check("sample merge", "sample", "merge", at("shard"), "-o", at("merged.npz"))
	edit := func(command string, args ...string) {
		check("edit "+command, slices.Concat([]string{"edit", command, "--run", at("images"), "--steps", "2"}, args)...)
	}
	disc := []string{"--image", filepath.Join(at("discs"), "001.png")}
	edit("inpaint", append(disc, "--mask", "left", "-o", at("filled.png"))...)
	edit("upscale", append(disc, "--factor", "2", "-o", at("large.png"))...)
	edit("vary", append(disc, "-o", at("varied.png"))...)
	edit("encode", append(disc, "-o", at("code.npz"))...)
	edit("decode", "--code", at("code.npz"), "-o", at("decoded.png"))
	edit("interpolate", append(disc, append(disc, "-n", "2", "-o", at("between.gif"))...)...)
	train("colours", "--dataset", "folder:"+at("discs"), "--preset", "tiny", "--channels", "3", "--size", "16", "--base", "8",
		"--multipliers", "1,1", "--attention", "0")
	check("edit colorize", slices.Concat([]string{"edit", "colorize", "--run", at("colours"), "--steps", "2", "-o",
		at("colours.png")}, disc)...)
	pixels := []string{"--features", "pixels"}
	for _, metric := range []string{"fid", "prdc"} {
		check("eval "+metric, append(drawn("images", "eval", metric), pixels...)...)
	}
	check("eval fid", slices.Concat(drawn("images", "eval", "fid"), pixels,
		[]string{"--shard", "0/1", "--store", at("features")})...)
	check("eval fid", "eval", "merge", at("features"))
	check("eval bpd", drawn("images", "eval", "bpd")...)
	points := check("eval points", drawn("points", "eval", "points")...)
	if err := os.WriteFile(at("points.json"), []byte(points), 0o600); err != nil {
		t.Fatal(err)
	}
	check("eval compare", "eval", "compare", at("points.json"), at("points.json"))
	check("runs list", "runs", "list", dir)
	check("runs compare", "runs", "compare", at("points"), at("images"))
	check("data list", "data", "list")
	check("data info", "data", "info", "moons")
	check("data info", "data", "info", "folder:"+at("discs"))
	check("models list", "models", "list")
	check("models show", "models", "show", "mnist")
	check("weights inspect", "weights", "inspect", at("images"))
	check("version", "version")
	check("bench train", "bench", "train", "--preset", "toy", "--batch", "4", "--steps", "1")
	check("bench sample", "bench", "sample", "--preset", "toy", "--batch", "1", "--steps", "1")
	check("bench gemm", "bench", "gemm", "--steps", "1")
	check("bench estimators", "bench", "estimators", "--run", at("points"), "-n", "8")
	for _, name := range commandsWithJSON() {
		if _, ok := documented[name]; !ok {
			t.Errorf("docs/reference/json.md has no row of %s", name)
		}
	}
	for name := range documented {
		if !tested[name] && name != anyMetric {
			t.Errorf("%s is documented and wasn't run", name)
		}
	}
}

// anyMetric stands for the commands of all metrics.
const anyMetric = "eval METRIC"

// commandsWithJSON are the names of the commands that have the flag.
func commandsWithJSON() (names []string) {
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		name := strings.TrimPrefix(cmd.CommandPath(), "amgen ")
		if _, err := eval.MetricByName(cmd.Name()); err == nil {
			name = anyMetric
		}
		if cmd.Runnable() && cmd.Flags().Lookup("json") != nil {
			names = append(names, name)
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(term.Streams{}))
	return names
}

// documentedKeys are the keys that docs/reference/json.md lists for each command.
func documentedKeys(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/json.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]string{}
	quoted := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			continue
		}
		for _, command := range quoted.FindAllStringSubmatch(cells[1], -1) {
			for _, key := range quoted.FindAllStringSubmatch(cells[2], -1) {
				keys[command[1]] = append(keys[command[1]], key[1])
			}
			if keys[command[1]] == nil {
				keys[command[1]] = []string{}
			}
		}
	}
	return keys
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkObject checks the envelope of a result, and that its keys are documented and in snake case.
func checkObject(t *testing.T, command, line string, documented map[string][]string) {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Errorf("%s: %v:\n%s", command, err, line)
		return
	}
	if !strings.HasPrefix(line, `{"command":"`+command+`",`) || fields["version"] == "" || fields["version"] == nil {
		t.Errorf("%s: no envelope: %s", command, line)
	}
	known := documented[command]
	if fields["metric"] != nil && known == nil {
		known = documented[anyMetric]
	}
	for key := range fields {
		if key != "command" && key != "version" && !slices.Contains(known, key) &&
			!strings.HasPrefix(command, "bench") {
			t.Errorf("%s: key %s isn't in docs/reference/json.md", command, key)
		}
	}
	checkKeys(t, command, fields)
}

// checkKeys checks that keys are in snake case, but for those of files.
func checkKeys(t *testing.T, where string, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if !snakeCase.MatchString(key) {
				t.Errorf("%s: key %q", where, key)
			}
			if key != "network" && key != "metadata" {
				checkKeys(t, where+"."+key, below)
			}
		}
	case []any:
		for _, below := range v {
			checkKeys(t, where, below)
		}
	}
}
