package train

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amgen/amgen/run"
)

// TestFollower: however a log grows, is cut or written anew, a follower has what ReadStats reads at that moment.
func TestFollower(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	follower := NewFollower(path)
	same := func(when string) {
		t.Helper()
		want, _, err := ReadStats(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := follower.Lines()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", when, diff)
		}
	}
	same("without a file")
	var text []byte
	for step := 1; step <= 20; step++ {
		text = fmt.Appendf(text, "{\"step\":%d,\"loss\":%g}\n", step, 1/float64(step))
	}
	text = append(text, "no line\n{\"step\":7,\"loss\":1}\n{\"step\":21,\"loss\":3}"...)
	for n := 0; n <= len(text); n += 5 { // in the middle of lines too
		if err := os.WriteFile(path, text[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		same(fmt.Sprintf("after %d bytes", n))
	}
	if err := os.WriteFile(path, text[:100], 0o644); err != nil {
		t.Fatal(err)
	}
	same("cut")
	anew := path + "-new"
	if err := os.WriteFile(anew, append([]byte("{\"step\":1,\"loss\":9}\n"), text...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(anew, path); err != nil {
		t.Fatal(err)
	}
	same("replaced")
}

// TestFollowerReadsOn: lines that were read aren't read again.
func TestFollowerReadsOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	first, second := "{\"step\":1,\"loss\":2}\n", "{\"step\":2,\"loss\":3}\n"
	if err := os.WriteFile(path, []byte(first), 0o644); err != nil {
		t.Fatal(err)
	}
	follower := NewFollower(path)
	if _, err := follower.Lines(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// the first line changes in place, which amgen never does and nobody would see who reads on
	if _, err := file.WriteAt([]byte("{\"step\":1,\"loss\":8}\n"+second), 0); err != nil {
		t.Fatal(err)
	}
	lines, err := follower.Lines()
	if err != nil || len(lines) != 2 || lines[0].Loss != 2 || lines[1].Loss != 3 {
		t.Errorf("lines %v (%v), want the first as it was read and the second", lines, err)
	}
}

// A log that is too long is refused before it is read.
func TestFollowerBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), run.StatsName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, MostFollowed+1); err != nil {
		t.Fatal(err)
	}
	if lines, err := NewFollower(path).Lines(); err == nil || lines != nil {
		t.Errorf("%d lines, want an error", len(lines))
	}
}

// TestLastStatsOfDamaged: the last lines are those of the whole log, in order or not, where the log is cut or damaged.
func TestLastStatsOfDamaged(t *testing.T) {
	var ordered string
	for step := 1; step <= 900; step++ {
		ordered += fmt.Sprintf("{\"step\":%d,\"loss\":%g}\n", 3*step, 1/float64(step))
	}
	for name, text := range map[string]string{
		"ordered": ordered, "cut": ordered[:len(ordered)-9], "one": ordered[:20], "empty": "",
		"no end":              ordered[:len(ordered)-1],
		"a later step before": "{\"step\":2690,\"loss\":1}\n" + ordered[:300], "damaged": ordered + "no line\n",
		"a step twice":             ordered + "{\"step\":2700,\"loss\":7}\n",
		"a step of a fraction":     ordered + "{\"step\":2701.5,\"loss\":7}\n",
		"spaced":                   ordered + "{ \"step\": 2703, \"loss\": 7 }\n",
		"an end that is no object": ordered + "{\"step\":2703,\"loss\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), run.StatsName)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			all, _, err := ReadStats(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := LastStats(path, 10)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(all[max(0, len(all)-10):], got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
