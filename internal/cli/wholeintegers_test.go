package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/term"
)

// lastOf is the value of a flag; lists grow when they are set again.
func lastOf(v pflag.Value) string {
	list := strings.Split(strings.Trim(v.String(), "[]"), ",")
	return list[len(list)-1]
}

// TestIntegersOnCommandLine: each flag of each command that takes a whole number reads 010 as ten, as people and
// config.toml mean it.
func TestIntegersOnCommandLine(t *testing.T) {
	flags := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			kind := f.Value.Type()
			if !strings.HasPrefix(kind, "int") && !strings.HasPrefix(kind, "uint") {
				return
			}
			flags++
			for text, want := range map[string]string{"010": "10", "0018": "18", "+7": "7", "1_000": "1000",
				"0x10": "16", "0o17": "15"} {
				if err := f.Value.Set(text); err != nil || lastOf(f.Value) != want {
					t.Errorf("%s --%s %s is %s, %v; want %s", cmd.CommandPath(), f.Name, text, f.Value, err, want)
				}
			}
			for _, text := range []string{"1e3", "5 ", "3.0", "99999999999999999999"} {
				if f.Value.Set(text) == nil {
					t.Errorf("%s --%s takes %q", cmd.CommandPath(), f.Name, text)
				}
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(term.Streams{}))
	if flags < 60 {
		t.Errorf("%d flags take whole numbers, want more", flags)
	}
	for typed, want := range map[string]string{"010": "seed = 10", "-08": "seed = -8",
		"9223372036854775807": "seed = 9223372036854775807"} {
		var out, log bytes.Buffer
		if code := Main([]string{"train", "--dataset", "moons", "--seed", typed, "--dry-run"}, &out,
			&log); code != exitDone || !strings.Contains(out.String(), want+"\n") {
			t.Errorf("--seed %s: exit code %d, %s, want %s in\n%s", typed, code, &log, want, &out)
		}
	}
}
