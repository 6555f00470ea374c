package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// runsFolder has run "first" of three steps with a report, and what is no run.
func runsFolder(t *testing.T) string {
	t.Helper()
	trained := smallrun.Train(t, func(c *run.Config) { c.LogEvery, c.SampleEvery = 1, 1 })
	dir := t.TempDir()
	if err := os.Rename(trained, filepath.Join(dir, "first")); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"first/eval/fid.json": `{"metric":"fid","value":7,"stderr":0.5,"samples":{"step":3},"measure":{"count":4}}`,
		"first/eval/cut.json": `{"metric":`, "notes/readme": "no run", "file": "no run",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// site is a server of a folder, and its address.
func site(t *testing.T, dir string, o Options) (*Server, string) {
	t.Helper()
	s, err := New(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		web.CloseClientConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return s, web.URL
}

// get asks for JSON.
func get[T any](t *testing.T, address string) (v T) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return v
}

// TestAnswers: the pages have what is in the files of the run.
func TestAnswers(t *testing.T) {
	dir := runsFolder(t)
	if err := os.Symlink(filepath.Join(dir, "first"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	_, address := site(t, dir, Options{})
	list := get[struct {
		Runs []struct {
			Name, State, Data, Picture string
			Step, Steps                int
			Loss                       float64
			Scores                     []struct{ Title, Number string }
		}
		Links int
	}](t, address+"/api/runs")
	if len(list.Runs) != 1 || list.Links != 1 {
		t.Fatalf("%d runs and %d links, want one of each", len(list.Runs), list.Links)
	}
	lines, _, err := train.ReadStats(filepath.Join(dir, "first", run.StatsName))
	if err != nil || len(lines) != 3 {
		t.Fatal(lines, err)
	}
	r := list.Runs[0]
	mean := (lines[0].Loss + lines[1].Loss + lines[2].Loss) / 3
	if r.Name != "first" || r.State != "done" || r.Data != "moons" || r.Picture != "step-000003.png" || r.Step != 3 ||
		r.Steps != 3 || math.Abs(r.Loss-mean) > 1e-12 || len(r.Scores) != 1 || r.Scores[0].Number != "7 ± 0.5" {
		t.Errorf("the row is %+v, want a loss of %g", r, mean)
	}
	c := get[curves](t, address+"/api/curves?run=first&smooth=0.5")
	for i, line := range lines {
		if raw := c.Raw["loss"]; raw.Step[i] != line.Step || float64(raw.Value[i]) != line.Loss ||
			float64(raw.Seconds[i]) != line.Seconds || float64(c.Raw["grad_norm"].Value[i]) != line.GradNorm ||
			float64(c.Raw["lr"].Value[i]) != line.LR || float64(c.Raw["rate"].Value[i]) != line.PointsPerSec {
			t.Errorf("line %d of the log isn't in the curves", i)
		}
	}
	// weights ½ and 1 of 1½ at the second line
	if want := (lines[0].Loss + 2*lines[1].Loss) / 3; math.Abs(float64(c.Smooth["loss"].Value[1])-want) > 1e-12 {
		t.Errorf("smoothed loss %g, want %g", c.Smooth["loss"].Value[1], want)
	}
	all := get[struct {
		Reports  []struct{ File string }
		Left     int `json:"reports_left_out"`
		Pictures []picture
		Settings []summary.Setting
	}](t, address+"/api/run?run=first")
	if len(all.Reports) != 1 || all.Left != 1 || len(all.Pictures) != 3 || len(all.Settings) != len(run.Settings()) {
		t.Errorf("the run has %+v", all)
	}
	for _, s := range all.Settings { // config.toml of a run on points has no size of images
		if want := map[string]string{"size": "", "blocks": "", "steps": "3", "sigma": "0"}; s.Text != want[s.Key] {
			if _, checked := want[s.Key]; checked {
				t.Errorf("%s is %q, want %q", s.Key, s.Text, want[s.Key])
			}
		}
	}
	answer, err := http.Get(address + "/api/picture?run=first&file=step-000003.png")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	want, err := os.Stat(filepath.Join(dir, "first/samples/step-000003.png"))
	if err != nil || answer.ContentLength != want.Size() || answer.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture has %d bytes: %v", answer.ContentLength, answer.Header)
	}
}

// stream reads the events of a run.
func stream(t *testing.T, address string) (next func() map[string]any, leave func()) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	lines := bufio.NewScanner(answer.Body)
	return func() map[string]any {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var v map[string]any
				if err := json.Unmarshal([]byte(data), &v); err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		t.Fatal("the stream ended:", lines.Err())
		return nil
	}, func() { _ = answer.Body.Close() }
}

// TestEvents: a run that begins to train, logs and ends is told of, and its lock is never taken.
func TestEvents(t *testing.T) {
	dir := runsFolder(t)
	_, address := site(t, dir, Options{})
	next, leave := stream(t, address+"/api/events?run=first")
	defer leave()
	until := func(when string, is func(r map[string]any) bool) { // a file may be seen while it is written
		t.Helper()
		r := next()
		for range 3 {
			if !is(r) {
				r = next()
			}
		}
		if !is(r) {
			t.Errorf("%s it is %v", when, r)
		}
	}
	until("at first", func(r map[string]any) bool { return r["state"] == "done" })
	held, err := lock.Take(filepath.Join(dir, "first"))
	if err != nil {
		t.Fatal(err)
	}
	until("while it is held", func(r map[string]any) bool { return r["state"] == "training" })
	log, err := os.OpenFile(filepath.Join(dir, "first", run.StatsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	fmt.Fprintln(log, `{"step":4,"loss":1,"grad_norm":1,"lr":1,"seconds":9,"eta_s":1}`)
	until("after a line", func(r map[string]any) bool { return r["step"] == 4.0 && r["eta"] == 1.0 })
	if err := held.Check(); err != nil {
		t.Error(err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	until("at the end", func(r map[string]any) bool { return r["state"] == "done" && r["eta"] == nil })
}

// TestCompare: as the command, the page refuses losses of other data and scores that weren't measured alike.
func TestCompare(t *testing.T) {
	dir := runsFolder(t)
	trained := smallrun.Train(t, func(c *run.Config) { c.Objective, c.Seed = "fm", 7 })
	if err := os.Rename(trained, filepath.Join(dir, "second")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "second/eval"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "second/eval/fid.json"),
		[]byte(`{"metric":"fid","value":8,"samples":{"step":3},"measure":{"count":5}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, address := site(t, dir, Options{})
	c := get[comparison](t, address+"/api/compare?run=first&run=second")
	if !strings.Contains(c.Unlike, "first and second can't be compared: their objectives differ") {
		t.Errorf("of losses it says %q", c.Unlike)
	}
	want := []string{"fid of first (7 ± 0.5) and of second (8) weren't measured alike: count 4 and 5."}
	if diff := cmp.Diff(want, c.Apart); diff != "" || len(c.Scores) > 0 {
		t.Error(diff, c.Scores)
	}
	if err := os.WriteFile(filepath.Join(dir, "second", run.ConfigName), []byte("= ="), 0o644); err != nil {
		t.Fatal(err)
	}
	c = get[comparison](t, address+"/api/compare?run=first&run=second")
	if len(c.Runs) != 1 || len(c.LeftOut) != 1 || !strings.HasPrefix(c.LeftOut[0], "second is left out") {
		t.Errorf("beside a damaged run: %+v", c)
	}
	answer, err := http.Get(address + "/api/compare?" + url.Values{"run": {"second", "second"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("damaged runs alone: %s", answer.Status)
	}
	damaged := get[struct {
		Row      struct{ State, Why string }
		Settings []summary.Setting
	}](t, address+"/api/run?run=second")
	if damaged.Row.State != "damaged" || damaged.Row.Why == "" || damaged.Settings == nil || len(damaged.Settings) > 0 {
		t.Errorf("a run whose configuration can't be read has %+v, want no settings and the reason", damaged)
	}
}

// A folder that holds no runs yet is served; what is no folder is refused, without waiting for a FIFO.
func TestFolders(t *testing.T) {
	_, address := site(t, t.TempDir(), Options{})
	if list := get[struct{ Runs []row }](t, address+"/api/runs"); list.Runs == nil || len(list.Runs) > 0 {
		t.Errorf("an empty folder has %v", list.Runs)
	}
	only := smallrun.Train(t, nil)
	_, address = site(t, only, Options{})
	list := get[struct{ Runs []struct{ Name string } }](t, address+"/api/runs")
	if len(list.Runs) != 1 || list.Runs[0].Name != filepath.Base(only) {
		t.Errorf("a single run is %v", list.Runs)
	}
	get[curves](t, address+"/api/curves?run="+list.Runs[0].Name)
	for _, path := range []string{"/nowhere/at/all", filepath.Join(only, run.ConfigName)} {
		began := time.Now()
		if s, err := New(path, Options{}); err == nil || s != nil || time.Since(began) > time.Second {
			t.Errorf("%s is served", path)
		}
	}
}
