package cli

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"
)

// TestInteger reads numbers that were written with signs, zeros, underscores and in other bases.
func TestInteger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64().Draw(t, "n")
		magnitude, sign := uint64(want), rapid.SampledFrom([]string{"", "+"}).Draw(t, "sign")
		if want < 0 {
			magnitude, sign = -magnitude, "-"
		}
		base := rapid.SampledFrom([]int{10, 16, 8, 2}).Draw(t, "base")
		digits := strconv.FormatUint(magnitude, base)
		if rapid.Bool().Draw(t, "zeros") {
			digits = strings.Repeat("0", rapid.IntRange(1, 9).Draw(t, "how many")) + digits
		}
		if at := rapid.IntRange(0, len(digits)).Draw(t, "underscore"); at > 0 && at < len(digits) {
			digits = digits[:at] + "_" + digits[at:]
		}
		text := sign + map[int]string{10: "", 16: "0x", 8: "0o", 2: "0b"}[base] + digits
		if got, err := parseInteger(text, 64); err != nil || got != want {
			t.Fatalf("%s is read as %d, %v; want %d", text, got, err, want)
		}
	})
	for _, text := range []string{"", "+", "-", "--1", "+-1", "1e3", "1.0", " 5", "5 ", "0x", "0xg", "0o8", "0b2", "_1", "1_", "1__0", "0_x1", "५", "１", "1,0", "0x_1", "inf",
		strings.Repeat("1", 101)} {
		if got, err := integer(text); err == nil {
			t.Errorf("%q is read as %s, want an error", text, got)
		}
	}
	if got, err := integer("-000"); err != nil || got != "0" {
		t.Errorf("-000 is read as %q, %v", got, err)
	}
}

// lastOf is the value of a flag; lists grow when they are set again.
func lastOf(v pflag.Value) string {
	list := strings.Split(strings.Trim(v.String(), "[]"), ",")
	return list[len(list)-1]
}

// TestIntegersOnCommandLine: each flag of each command that takes a whole number reads 010 as ten, as people and config.toml mean it.
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
			for text, want := range map[string]string{"010": "10", "0018": "18", "+7": "7", "1_000": "1000", "0x10": "16", "0o17": "15"} {
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
	walk(newRoot(streams{}))
	if flags < 60 {
		t.Errorf("%d flags take whole numbers, want more", flags)
	}
	for typed, want := range map[string]string{"010": "seed = 10", "-08": "seed = -8", "9223372036854775807": "seed = 9223372036854775807"} {
		var out, log bytes.Buffer
		if code := Main([]string{"train", "--dataset", "moons", "--seed", typed, "--dry-run"}, &out, &log); code != exitDone || !strings.Contains(out.String(), want+"\n") {
			t.Errorf("--seed %s: exit code %d, %s, want %s in\n%s", typed, code, &log, want, &out)
		}
	}
	for text, want := range map[string][2]int{"00/08": {0, 8}, "7/010": {7, 10}, "+1/2": {1, 2}} {
		if got, err := parseShard(text); err != nil || got.Index != want[0] || got.Count != want[1] {
			t.Errorf("--shard %s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"1/1", "-1/2", "0/1e1", "0/0", "1", "0 /2", "0/2/3", fmt.Sprint("0/", mostShards+1)} {
		if got, err := parseShard(text); err == nil {
			t.Errorf("--shard %q is %v, want an error", text, got)
		}
	}
}
