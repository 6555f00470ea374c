package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/run"
)

// TestGrown: of a run whose log has grown the log alone is read again, and its end is that of the file.
func TestGrown(t *testing.T) {
	dir := runsFolder(t)
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.root.Close()
	r := &rows{folder: f, known: map[string]knownRow{}}
	before, err := r.of("first")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "first", run.ConfigName)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(config)
	if err != nil {
		t.Fatal(err)
	}
	// the configuration changes behind its size and time, which nobody would see who reads the log alone
	file, err := os.OpenFile(config, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(strings.Replace(string(text), "'moons'", "'other'", 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(config, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "first", run.StatsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := log.WriteString(`{"step":9,"loss":4,"grad_norm":1,"lr":1,"seconds":9,"eta_s":1}` + "\n"); err != nil {
		t.Fatal(err)
	}
	after, err := r.of("first")
	if err != nil {
		t.Fatal(err)
	}
	if after.row.Step != 9 || after.row.Data != "moons" || after.row.Picture != before.row.Picture ||
		after.row.Lines <= before.row.Lines || after.summary.Seconds != 9 {
		t.Errorf("the row is %+v", after.row)
	}
	if err := os.Remove(filepath.Join(dir, "first", run.StatsName)); err != nil {
		t.Fatal(err)
	}
	if gone, err := r.of("first"); err != nil || gone.row.Data != "other" || float64(gone.row.Loss) == 4 {
		t.Errorf("without its log the row is %+v: %v", gone.row, err)
	}
}
