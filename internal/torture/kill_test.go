package torture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tally is what became of a job.
type tally struct {
	kills, aimed, early int // all, in the middle of a write, before there was anything to go on with
	lost, unreadable    int // runs
	differing, litter   int
	alone               time.Duration // of the job, undisturbed
	took                time.Duration // of all of it
}

// TestKilled kills amgen while it trains, samples, judges and fetches. After each kill what it left is read, and the
// same is done again, killed again or not, up to the end, which has to have the bits of work that was left alone.
func TestKilled(t *testing.T) {
	jobs := killed(t)
	random := rand.New(rand.NewPCG(*seed, 6))
	t.Logf("-kills %d -seed %d", *kills, *seed)
	tallies := make([]tally, len(jobs))
	want := make([]map[string]string, len(jobs))
	total := 0
	for i := 0; total < *kills; i = (i + 1) % len(jobs) {
		j, began := jobs[i], time.Now()
		if want[i] == nil {
			want[i] = j.alone(t, &tallies[i])
		}
		n := j.torture(t, random, want[i], &tallies[i], *kills-total)
		total += n
		tallies[i].took += time.Since(began)
		t.Logf("%s: %d kills in %s", j.name, n, time.Since(began).Round(time.Millisecond))
	}
	w := tabwriter.NewWriter(t.Output(), 0, 4, 1, ' ', 0)
	fmt.Fprintln(w, "| work\t| alone\t| kills\t| in a write\t| before it began\t| lost\t| unreadable\t| differing\t| "+
		"litter\t| took\t|")
	for i, j := range jobs {
		c := tallies[i]
		fmt.Fprintf(w, "| %s\t| %.2f s\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %.0f s\t|\n", j.name,
			c.alone.Seconds(), c.kills, c.aimed, c.early,
			c.lost, c.unreadable, c.differing, c.litter, c.took.Seconds())
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// killed are the jobs, in the order in which kills are dealt out to them.
func killed(t *testing.T) []job {
	pictures := filepath.Join(t.TempDir(), "pictures")
	writeDiscs(t, pictures, 6)
	images := training("train images", "--dataset", "folder:"+pictures, "--preset", "tiny", "--batch", "2", "--steps",
		"9", "--log-every", "1",
		"--sample-every", "0", "--checkpoint-every", "2", "--keep-checkpoints", "2", "--keep-every", "4", "--seed", "5")
	points := training("train points", "--dataset", "moons", "--objective", "eam", "--estimator", "boundary", "--times",
		"adaptive", "--steps", "90", "--batch", "64",
		"--log-every", "7", "--sample-every", "40", "--checkpoint-every", "5", "--keep-checkpoints", "1", "--seed", "5")
	growth := training("train growth", "--dataset", "mass-mixture", "--objective", "uam", "--times", "uniform",
		"--steps", "60", "--batch", "64",
		"--log-every", "1", "--sample-every", "0", "--checkpoint-every", "3", "--seed", "6")

	run := t.TempDir()
	start(t, amgen, run, images.args(run, false)...).must(t)
	moons := t.TempDir()
	start(t, amgen, moons, points.args(moons, false)...).must(t)
	ofImages := map[string]string{filepath.Join(run, "run"): "run"}
	ofPoints := map[string]string{filepath.Join(moons, "run"): "run"}
	address := network(t).URL
	return []job{
		images,
		working("sample a grid", ofImages, "", "sample", "--run", "run", "-n", "4", "--solver", "euler", "--steps", "4",
			"-o", "grid.png"),
		fetching("fetch", address, 1),
		points,
		working("eval features", ofImages, "cache", "eval", "mmd", "--run", "run", "-n", "260", "--solver", "euler",
			"--steps", "1",
			"--reference", "folder:"+pictures, "--features", "pixels"),
		growth,
		working("sample one by one", ofImages, "", "sample", "--run", "run", "-n", "6", "--solver", "euler", "--steps",
			"2", "-o", "each/"),
		working("eval points", ofPoints, "run/eval", "eval", "points", "--run", "run", "-n", "200", "--steps", "10",
			"--solver", "euler-maruyama"),
		fetching("fetch by two", address, 2),
	}
}

// place makes a directory for the job.
func (j job) place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "job-*")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range j.needs {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// alone does the job undisturbed and returns what it makes.
func (j job) alone(t *testing.T, c *tally) map[string]string {
	t.Helper()
	dir := j.place(t)
	began := time.Now()
	start(t, j.program, dir, j.args(dir, false)...).must(t)
	c.alone = time.Since(began)
	if err := j.readable(dir); err != nil {
		t.Fatalf("%s alone: %v", j.name, err)
	}
	if left := hasTemporary(dir); left {
		t.Errorf("%s alone leaves temporary files in %s", j.name, dir)
	}
	got, err := bits(dir)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// torture does the job, killed one to three times and at most limit times, and compares what it makes. It returns the
// number of kills.
func (j job) torture(t *testing.T, random *rand.Rand, want map[string]string, c *tally, limit int) (kills int) {
	t.Helper()
	dir := j.place(t)
	var moments []moment
	for lives := min(1+random.IntN(3), limit); kills < lives; {
		m := randomMoment(random, c.alone, filepath.Join(dir, j.watch))
		moments = append(moments, m)
		if !j.life(t, dir, m, kills > 0) {
			break // it was over before; the rest of the lives are for others
		}
		kills++
		c.kills++
		if m.watch != "" {
			c.aimed++
		}
		if now := j.args(dir, true); len(now) > 2 && now[0] == "train" && now[1] != "--resume" {
			c.early++
		}
		if err := j.readable(dir); err != nil {
			c.unreadable++
			t.Errorf("%s, killed %v: %v", j.name, moments, err)
			return kills
		}
	}
	last := start(t, j.program, dir, j.args(dir, true)...)
	if code, said := last.wait(); code != 0 {
		c.lost++
		t.Errorf("%s, killed %v: exit code %d: %s", j.name, moments, code, said)
		return kills
	}
	got, err := bits(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.differing++
		t.Errorf("%s, killed %v, isn't what it is alone:\n%s", j.name, moments, diff)
	}
	if hasTemporary(dir) {
		c.litter++
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return kills
}

// life runs the job until the moment; killed is false where it was over before. What was not killed must succeed.
func (j job) life(t *testing.T, dir string, m moment, again bool) (killed bool) {
	t.Helper()
	var others []*process
	for range j.together - 1 {
		others = append(others, start(t, j.program, dir, j.args(dir, again)...))
	}
	p := start(t, j.program, dir, j.args(dir, again)...)
	if killed = p.kill(m); !killed {
		others = append(others, p)
	}
	for _, o := range others {
		o.must(t)
	}
	return killed
}
