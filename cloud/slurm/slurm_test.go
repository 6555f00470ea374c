//go:build linux

// Package slurm holds scripts for SLURM, and their test against a real one: `make test-slurm`.
package slurm

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var live = flag.Bool("slurm", false, "start a SLURM of one node and run the scripts on it, minutes")

// TestSyntax is what can be told of the scripts without SLURM.
func TestSyntax(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	scripts, err := filepath.Glob("*.sbatch")
	if err != nil || len(scripts) != 3 {
		t.Fatalf("scripts %v, %v", scripts, err)
	}
	for _, script := range scripts {
		if out, err := exec.Command(bash, "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", script, out)
		}
		for args, want := range map[string]string{"8 sample": "no program amgen on the PATH; set AMGEN to its path",
			"sample -n 8": "the first argument is the number of shards, got sample"} {
			if args != "8 sample" && script != "shards.sbatch" {
				continue
			}
			cmd := exec.Command(bash, append([]string{script}, strings.Fields(args)...)...)
			cmd.Env = []string{"PATH=" + t.TempDir()}
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), script+": "+want) {
				t.Errorf("%s %s: %v, %s; want %s", script, args, err, out, want)
			}
		}
	}
}

// site is a cluster with the program on it.
type site struct {
	*cluster
	amgen string
}

func openSite(t *testing.T) site {
	t.Helper()
	if !*live {
		t.Skip("pass -slurm to start a SLURM here")
	}
	amgen := filepath.Join(t.TempDir(), "amgen")
	c := startCluster(t, "AMGEN="+amgen, "AMGEN_CACHE="+t.TempDir(), "AMGEN_OFFLINE=1")
	if out, err := exec.Command("go", "build", "-o", amgen,
		"github.com/amgen/amgen/cmd/amgen").CombinedOutput(); err != nil {
		t.Fatalf("build: %s", out)
	}
	return site{c, amgen}
}

// here runs amgen without SLURM.
func (s site) here(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(s.amgen, args...)
	cmd.Env, cmd.Dir = s.env, s.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("amgen %v: %v\n%s", args, err, &stderr)
	}
	return string(out)
}

func (s site) read(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{s.dir}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// same wants files of equal bits.
func (s site) same(t *testing.T, a, b string) {
	t.Helper()
	if !bytes.Equal(s.read(t, a), s.read(t, b)) {
		t.Errorf("%s and %s differ", a, b)
	}
}

func TestSlurm(t *testing.T) {
	s := openSite(t)
	t.Run("train", s.testTrain)
	t.Run("sample", s.testSample)
	t.Run("eval", s.testEval)
}

// testTrain runs out of time once: the run is saved, queued again, and ends with the bits
// of one that was never stopped.
func (s site) testTrain(t *testing.T) {
	const steps = 15000 // most of a minute, on two slow cores
	how := []string{"--dataset", "moons", "--steps", fmt.Sprint(steps), "--seed", "3", "--sample-every", "0",
		"--checkpoint-every", "0"}
	// A minute is the least that SLURM takes. It looks every 30 seconds, and sends the signal as much earlier
	// than it is asked
	// to: between 5 and 35 seconds from the start.
	job := s.submit(t, []string{"--time=1", "--signal=B:USR1@25"}, "train.sbatch",
		append([]string{"sliced"}, how...)...)
	s.await(t, "the job to be queued again", func() bool {
		state := s.field(t, job, "JobState")
		if state == "COMPLETED" || state == "FAILED" {
			t.Fatalf("job is %s before its time was over; logs:\n%s", state, s.logs(t))
		}
		return s.field(t, job, "Restarts") == "1" && state == "PENDING"
	})
	s.must(t, "scontrol", "update", "JobId="+job, "TimeLimit=30")
	// SLURM waits two minutes before it starts such a job, until its node has forgotten the session before.
	// Some seconds do here.
	s.must(t, "scontrol", "update", "JobId="+job, "StartTime=now+15")
	s.here(t, append([]string{"train", "--out", "whole"}, how...)...)
	s.awaitState(t, job, "COMPLETED")
	log := string(s.read(t, "amgen-train-"+job+".log"))
	for _, want := range []string{"train: state saved at step", "job " + job + " is queued again",
		fmt.Sprintf("step %d/%d", steps, steps)} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	for _, file := range []string{"state.safetensors", "ema.safetensors"} {
		path := filepath.Join("checkpoints", fmt.Sprintf("step-%06d", steps), file)
		s.same(t, filepath.Join("whole", path), filepath.Join("sliced", path))
	}
}

// run trains what samples are drawn from.
func (s site) run(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(s.dir, "run")); err == nil {
		return "run"
	}
	for i := range 8 {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for x := range 28 {
			for y := range 28 {
				img.SetGray(x, y, color.Gray{Y: uint8(x * y * (i + 1))})
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(s.dir, "pictures"), 0o755); err != nil {
			t.Fatal(err)
		}
		s.write(t, filepath.Join(s.dir, "pictures", fmt.Sprintf("%d.png", i)), b.String(), 0o644)
	}
	s.here(t, "train", "--dataset", "folder:pictures", "--preset", "tiny", "--batch", "4", "--steps", "1",
		"--sample-every", "0", "--out", "run")
	return "run"
}

// testSample kills one task of an array and runs it again alone. The merged pictures are those of one process.
func (s site) testSample(t *testing.T) {
	how := []string{"sample", "--run", s.run(t), "-n", "48", "--batch", "4", "--solver", "heun", "--steps", "60"}
	shards := append(append([]string{"3"}, how...), "-o", "parts")
	array := s.submit(t, []string{"--array=0-2"}, "shards.sbatch", shards...)
	never := s.submit(t, []string{"--dependency=afterok:" + array}, "merge.sbatch", "sample", "parts",
		"-o", "never.png")
	s.await(t, "the first batch of task 1", func() bool {
		_, err := os.Stat(filepath.Join(s.dir, "parts", "00000016.npz"))
		return err == nil
	})
	s.must(t, "scancel", array+"_1")
	s.awaitState(t, array+"_1", "CANCELLED")
	s.awaitState(t, array+"_0", "COMPLETED")
	s.awaitState(t, array+"_2", "COMPLETED")
	s.awaitState(t, never, "CANCELLED") // a task of the array failed

	alone := s.submit(t, []string{"--array=1"}, "shards.sbatch", shards...)
	merge := s.submit(t, []string{"--dependency=afterok:" + alone}, "merge.sbatch", "sample", "parts",
		"-o", "parts.png")
	s.awaitState(t, merge, "COMPLETED")
	log := string(s.read(t, "amgen-shards-"+alone+"-1.log"))
	if !strings.Contains(log, "4 of 12 batches, ") || strings.Contains(log, "4 drawn now") {
		t.Errorf("want what the killed task had drawn to be kept:\n%s", log)
	}
	s.here(t, append(how, "-o", "whole.png")...)
	s.same(t, "whole.png", "parts.png")
}

// testEval judges by an array of tasks.
func (s site) testEval(t *testing.T) {
	how := []string{"eval", "fid", "--run", s.run(t), "-n", "600", "--solver", "euler", "--steps", "1",
		"--features", "lenet-mnist"}
	array := s.submit(t, []string{"--array=0-2"}, "shards.sbatch",
		append(append([]string{"3"}, how...), "--store", "features")...)
	merge := s.submit(t, []string{"--dependency=afterok:" + array, "--output=fid.json", "--error=fid.log"},
		"merge.sbatch", "eval", "features", "--json")
	s.awaitState(t, merge, "COMPLETED")
	got, want := s.value(t, s.read(t, "fid.json")), s.value(t, []byte(s.here(t, append(how, "--json")...)))
	if !(math.Abs(got-want) <= 1e-9) {
		t.Errorf("FID %v by an array, %v by one process", got, want)
	}
}

func (s site) value(t *testing.T, report []byte) float64 {
	t.Helper()
	r := struct{ Value float64 }{math.NaN()}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatalf("%v in %s", err, report)
	}
	return r.Value
}
