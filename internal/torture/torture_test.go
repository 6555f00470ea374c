// Package torture kills amgen at random moments, and takes away the disk, the rights and the clock under it. What it
// was doing is then done again, and has to end in the bits of work that nobody disturbed.
//
// `make test` does a little of it; `make torture` the campaign of docs/measurements/reliability.md.
package torture

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/amgen/amgen/internal/cli"
	"github.com/amgen/amgen/internal/fetch"
)

var (
	kills = flag.Int("kills", 4, "how often a process is killed")
	seed  = flag.Uint64("seed", 1, "of the moments at which processes are killed")
)

// actAs is the environment variable that makes the test binary another program: amgen, or fetcher ADDRESS CACHE.
const actAs = "AMGEN_TORTURE_AS"

const (
	amgen   = "amgen"
	fetcher = "fetcher"
)

func TestMain(m *testing.M) {
	switch os.Getenv(actAs) {
	case amgen:
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	case fetcher:
		set := networkSet(os.Args[1])
		if _, err := set.Ensure(context.Background(), fetch.Options{Cache: os.Args[2]}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	var err error
	if half, err = os.MkdirTemp("", "half-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(half)
	os.Exit(code)
}
