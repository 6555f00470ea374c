// Gomlxtests runs GoMLX's own tests of graphs and layers on the backend simd: make test-gomlx. The tests are those of
// the version in go.mod, copied from the module cache. They open XLA, so in the copy the backend is in the place of
// GoMLX's package for XLA; nothing else of it changes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

var (
	least = flag.Int("least", 0, "tests that must pass")
	limit = flag.Duration("timeout", 10*time.Minute, "time for each package")
	cores = flag.Int("p", 2, "packages at a time")
	only  = flag.String("run", "", "regular expression of the tests to run, all by default")
	lines = flag.Int("lines", 0, "lines to show of what a failed test printed")
	tests = flag.String("packages", "pkg/core/graph/... pkg/ml/layers/...", "packages, below GoMLX, whose tests run")
)

const gomlx = "github.com/gomlx/gomlx"

// stub takes the place of GoMLX's package for XLA. The tests call nothing else of it.
const stub = `package xla

import _ "github.com/amgen/amgen/backends/simd"

func AutoInstall() error { return nil }
`

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gomlxtests:", err)
		os.Exit(1)
	}
}

// run runs the tests in a temporary directory, which holds the copy and a go.mod that names it.
func run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "gomlxtests-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	modfile, err := copyModule(dir)
	if err != nil {
		return err
	}
	args := []string{"test", "-json", "-count=1", "-trimpath", "-modfile", modfile, "-mod=mod", "-tags", "noxla",
		"-timeout", limit.String(), "-p", fmt.Sprint(*cores), "-run", *only}
	for _, below := range strings.Fields(*tests) {
		args = append(args, gomlx+"/"+below)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOMLX_BACKEND=simd", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	t := &tally{out: out, lines: *lines, said: map[string][]string{}}
	if err := t.read(pipe); err != nil {
		return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	failure := cmd.Wait() // also where a single test fails, which the count is for
	t.print()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case t.total() == 0:
		return fmt.Errorf("no test ran: %w", failure)
	case t.passed < *least:
		return fmt.Errorf("%d tests passed; at least %d must", t.passed, *least)
	}
	return nil
}

// copyModule copies what the tests need of GoMLX, with the stub, and makes a go.mod that takes GoMLX from there.
func copyModule(dir string) (modfile string, err error) {
	at, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", gomlx).Output()
	if err != nil {
		return "", fmt.Errorf("go list -m %s: %w; run go mod download", gomlx, err)
	}
	from, to := strings.TrimSpace(string(at)), filepath.Join(dir, "gomlx")
	for _, tree := range []string{"backends", "internal", "pkg", "ui"} {
		if err := os.CopyFS(filepath.Join(to, tree), os.DirFS(filepath.Join(from, tree))); err != nil {
			return "", err
		}
	}
	xla := filepath.Join(to, "backends", "xla")
	if err := os.RemoveAll(xla); err != nil {
		return "", err
	}
	if err := os.MkdirAll(xla, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(xla, "stub.go"), []byte(stub), 0o644); err != nil {
		return "", err
	}
	modfile = filepath.Join(dir, "go.mod")
	for to, from := range map[string]string{filepath.Join(to, "go.mod"): filepath.Join(from, "go.mod"),
		modfile: "go.mod", filepath.Join(dir, "go.sum"): "go.sum"} {
		text, err := os.ReadFile(from)
		if err != nil {
			return "", fmt.Errorf("%w; run it in the root of the module", err)
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return "", err
		}
	}
	edit := exec.Command("go", "mod", "edit", "-replace", gomlx+"="+to, modfile)
	edit.Stderr = os.Stderr
	return modfile, edit.Run()
}
