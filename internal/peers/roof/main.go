// Command roof measures the limits that a machine sets to the engine: how fast one core and all of them read and copy
// arrays that lie in each level of the memory, and how fast the engine multiplies large matrices. Reading is Go's
// search for a byte that isn't there, copying its copy, both with the processor's vectors. `make bench-roof` runs it.
//
// Usage: go run ./internal/peers/roof
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/gomlx/gomlx/backends"

	_ "github.com/amgen/amgen/backends/simd" // registers simd
	"github.com/amgen/amgen/internal/products"
)

func main() {
	each := flag.Duration("each", 300*time.Millisecond, "time of a measurement, of which there are three")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *each); err != nil {
		fmt.Fprintln(os.Stderr, "roof:", err)
		os.Exit(1)
	}
}

// sizes of the arrays: within the caches of today's processors, and far beyond them.
var sizes = []struct {
	name  string
	bytes int
}{{"16 KB (L1)", 16 << 10}, {"256 KB (L2)", 256 << 10}, {"8 MB (L3)", 8 << 20}, {"256 MB (memory)", 256 << 20}}

func run(ctx context.Context, w io.Writer, each time.Duration) error {
	cores := []int{1}
	if n := runtime.GOMAXPROCS(0); n > 1 {
		cores = append(cores, n)
	}
	fmt.Fprint(w, "| array of each core | cores | read | copy, counted twice |\n|---|---|---|---|\n")
	for _, s := range sizes {
		for _, n := range cores {
			read := rate(n, s.bytes, each, func(a, _ []byte) int { return len(a) + bytes.IndexByte(a, 1) + 1 })
			moved := rate(n, s.bytes/2, each, func(a, b []byte) int { return 2 * copy(b, a) })
			fmt.Fprintf(w, "| %s | %d | %.0f GB/s | %.0f GB/s |\n", s.name, n, read/1e9, moved/1e9)
		}
	}
	fmt.Fprint(w, "\n| product of float32 | cores | |\n|---|---|---|\n")
	for _, n := range cores {
		backend, err := backends.NewWithConfig(fmt.Sprintf("simd:workers=%d", n))
		if err != nil {
			return err
		}
		p := products.Product{M: 1024, K: 1024, N: 1024}
		best := time.Hour
		for began := time.Now(); time.Since(began) < 3*each; {
			t, err := products.Time(ctx, backend, p, 3)
			if err != nil {
				return err
			}
			best = min(best, t)
		}
		backend.Finalize()
		fmt.Fprintf(w, "| %d×%d×%d | %d | %.0f GFLOP/s |\n", p.M, p.K, p.N, n, p.FLOPs()/best.Seconds()/1e9)
	}
	return nil
}

// rate is how many bytes a second so many cores move in all, each in arrays of its own: the best of three measurements.
// move returns what it moved.
func rate(cores, size int, each time.Duration, move func(a, b []byte) int) (best float64) {
	for range 3 {
		var wait sync.WaitGroup
		rates := make([]float64, cores)
		for i := range rates {
			wait.Go(func() {
				a, b := make([]byte, size), make([]byte, size)
				copy(a, b) // so that the pages are there
				move(a, b)
				began, moved := time.Now(), 0
				for time.Since(began) < each {
					for done := 0; done < 1<<22; { // the clock is asked seldom
						n := move(a, b)
						done, moved = done+n, moved+n
					}
				}
				rates[i] = float64(moved) / time.Since(began).Seconds()
			})
		}
		wait.Wait()
		sum := 0.0
		for _, r := range rates {
			sum += r
		}
		best = max(best, sum)
	}
	return best
}
