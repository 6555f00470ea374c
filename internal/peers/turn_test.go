package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell writes a program that stands for python, which runs a reference program.
func shell(t *testing.T, text string) (o options, p program) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return options{threads: 1, timeout: 30 * time.Second, setup: 30 * time.Second},
		program{name: jax, path: path, script: "jax.py"}
}

// A session takes its turns one by one, and reads as many lines as there are batch sizes.
func TestSession(t *testing.T) {
	o, p := shell(t, `echo warning; echo ready
n=0
while read -r line; do
	n=$((n+1))
	for b in 1 4; do echo "jax tiny velocity params=1 batch=$b velocity_ms=$n$b"; done
done
`)
	w := workload{preset: "tiny", estimator: velocityOnly, batches: []int{1, 4}, steps: []int{2, 2}}
	c, err := o.open(context.Background(), p, w)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for i, want := range [][]float64{{11, 14}, {21, 24}} {
		all, err := c.turn(context.Background())
		if err != nil || len(all) != 2 || all[0].Velocity != want[0] || all[1].Velocity != want[1] {
			t.Errorf("turn %d: %v, error %v, want velocities %v", i, all, err, want)
		}
	}
}

// A program that ends before it is ready, or in a turn, is an error with its last message.
func TestSessionEnds(t *testing.T) {
	for _, text := range []string{
		"echo 'ModuleNotFoundError: No module' >&2; exit 1",
		"echo ready; read -r line; echo 'RuntimeError: No module' >&2; exit 1",
	} {
		o, p := shell(t, text)
		c, err := o.open(context.Background(), p, workload{preset: "tiny", estimator: "boundary", steps: []int{1}})
		if err == nil {
			_, err = c.turn(context.Background())
			c.close()
		}
		if err == nil || !strings.Contains(err.Error(), "No module") {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
