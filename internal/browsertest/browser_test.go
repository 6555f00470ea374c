// Package browsertest opens the pages of `amgen serve` in Chromium: make test-browser.
package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var (
	amgen = flag.String("amgen", "", "the program (default: built for the test)")
	shots = flag.String("shots", "", "folder for pictures of each page")
)

// browser finds Chromium, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("skipped: there is no chromium here; apt-get install chromium")
	return ""
}

// program is the path of amgen.
func program(t *testing.T) string {
	t.Helper()
	if *amgen != "" {
		path, err := filepath.Abs(*amgen)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := filepath.Join(t.TempDir(), "amgen")
	build := exec.Command("go", "build", "-o", path, "./cmd/amgen")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// start starts a program that is interrupted at the end of the test.
func start(t *testing.T, dir, program string, args ...string) *bufio.Reader {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := cmd.Wait(); err != nil && t.Failed() {
			t.Logf("%s %q: %v\n%s", program, args, err, &told)
		}
	})
	return bufio.NewReader(out)
}

// site is a folder of runs that is served, and what the browser saw of it.
type site struct {
	ctx     context.Context
	address string
	dir     string
	program string

	mu     sync.Mutex
	faults []string
}

// cells is a table of a few cells at three times.
func cells() []byte {
	table := []byte("time,x,y\n")
	for k := range 90 {
		table = fmt.Appendf(table, "%d,%g,%g\n", k%3, float64(k%3)+0.01*float64(k), 0.1*float64(k%7))
	}
	return table
}

// open serves four runs and opens a tab: two that are done, one without a picture and one of cells that grow.
func open(t *testing.T) *site {
	t.Helper()
	path := browser(t)
	s := &site{dir: t.TempDir(), program: program(t)}
	if err := os.WriteFile(filepath.Join(s.dir, "cells.csv"), cells(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"moons --seed 1 --out runs/first", "moons --seed 2 --lr 1e-4 --out runs/second",
		"checkerboard --seed 1 --sample-every 0 --out runs/board",
		"snapshots:cells.csv --objective uam --seed 1 --sample-every 0 --out runs/cells"} {
		s.run(t, append(strings.Fields("train --steps 300 --batch 64 --log-every 1 --sample-every 100 --dataset"),
			strings.Fields(args)...)...)
	}
	for _, name := range []string{"first", "second"} {
		s.run(t, "eval", "points", "--run", "runs/"+name, "-n", "200")
	}
	address, err := start(t, s.dir, s.program, "serve", "runs").ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s.address = strings.TrimSpace(address)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	s.ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	s.do(t) // the browser lives as long as the context of this call
	if err := chromedp.Listen(s.ctx, s.watch); err != nil {
		t.Fatal(err)
	}
	call(t, s, network.Enable, network.EnableParams{})
	call(t, s, log.Enable, cdp.Empty{})
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, fault := range s.faults {
			t.Error(fault)
		}
	})
	return s
}

// watch notes errors of scripts, what the pages' policy forbids, and requests to elsewhere.
func (s *site) watch(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		s.faults = append(s.faults, "a script failed: "+e.ExceptionDetails.Text+" "+exceptionOf(e))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			s.faults = append(s.faults, "the browser says: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, s.address) && !strings.HasPrefix(url, "data:") &&
			url != s.page() {
			s.faults = append(s.faults, "a page asks for "+url)
		}
	}
}

// page is the address of the file that `amgen report` writes.
func (s *site) page() string { return "file://" + filepath.Join(s.dir, "page.html") }

func (s *site) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(s.program, args...)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("amgen %q: %v\n%s", args, err, out)
	}
}

func (s *site) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(s.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// evaluate is the value of an expression on the page.
func evaluate[T any](t *testing.T, s *site, expression string) T {
	t.Helper()
	value, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// call sends a command of the protocol.
func call[P, R any](t *testing.T, s *site, command cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(s.ctx, command, params); err != nil {
		t.Fatal(err)
	}
}

// exceptionOf says what a script threw.
func exceptionOf(e *runtime.EventExceptionThrown) string {
	if e.ExceptionDetails.Exception == nil {
		return ""
	}
	return e.ExceptionDetails.Exception.Description
}

// until waits for an expression to be true.
func (s *site) until(t *testing.T, expression string) {
	t.Helper()
	began := time.Now()
	for !evaluate[bool](t, s, "Boolean("+expression+")") {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("never true: %s; the page says\n%s", expression, evaluate[string](t, s, "document.body.innerText"))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*shots, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
