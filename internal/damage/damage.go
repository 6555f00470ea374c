// Package damage tells tests what a reader makes of a file in which one bit is flipped, or which ends too early: each
// bit and each length in turn, with the memory that it takes.
package damage

import (
	"flag"
	"fmt"
	"reflect"
	"runtime"
	"testing"
	"time"
)

// all makes tests take every bit; without it they are a sample. `make torture` sets it.
var all = flag.Bool("damage.all", false, "flip every bit and cut everywhere, not at one in a few")

// Distances of the bits that are flipped and of the cuts without -damage.all. The first is prime to 8, so that all
// places in a byte occur.
const sampledBits, sampledCuts = 37, 5

// Limits of what a reader may take for a damaged file.
const (
	// Times of its size, and what readers take for any file: buffers of bufio, gzip and zip.
	Times, Fixed = 4, 192 << 10
	// Longest is far above what any takes, on a machine that does other things too.
	Longest = 5 * time.Second
)

// File is one that is damaged, and what reads it.
type File struct {
	Name string
	Data []byte
	// Read returns all that the file means, nothing else, in a form that reflect.DeepEqual compares.
	Read func(data []byte) (any, error)
	// Open are the bytes that no checksum covers: a flipped bit there may change the result. Nil is no byte.
	Open func(at int) bool
	// Trials bounds the flips and the cuts of a file that is too big for all of them; 0 is no bound.
	Trials int
}

// Report counts what became of damaged files.
type Report struct {
	Flips, Cuts int
	// by an error, read as if nothing had happened, read as something else where that is inevitable
	Refused, Same, Other int
	Memory               uint64
	Slowest              time.Duration
}

// Check damages the file in every way and fails the test where the reader panics, takes too much memory or time, or
// reads something else without an error.
func (f File) Check(t *testing.T) (r Report) {
	t.Helper()
	want, err := f.Read(f.Data)
	if err != nil {
		t.Fatalf("%s, undamaged: %v", f.Name, err)
	}
	flip, cut := sampledBits, sampledCuts
	if *all {
		flip, cut = 1, 1
	}
	if f.Trials > 0 {
		flip, cut = max(flip, 8*len(f.Data)/f.Trials|1), len(f.Data)/f.Trials+1
	}
	bad := make([]byte, len(f.Data))
	for bit := 0; bit < 8*len(f.Data); bit += flip {
		copy(bad, f.Data)
		bad[bit/8] ^= 1 << (bit % 8)
		r.Flips++
		f.try(t, &r, fmt.Sprintf("bit %d of byte %d flipped", bit%8, bit/8), bad, want, f.Open != nil && f.Open(bit/8))
	}
	for n := 0; n < len(f.Data); n += cut {
		r.Cuts++
		f.try(t, &r, fmt.Sprintf("cut after %d bytes", n), f.Data[:n:n], want, false)
	}
	t.Logf("| %s | %d | %d | %d | %d | %d | %d | %d kB | %.1f ms |", f.Name, len(f.Data), r.Flips, r.Cuts, r.Refused,
		r.Same, r.Other, r.Memory>>10,
		1e3*r.Slowest.Seconds())
	return r
}

// try reads one damaged file.
func (f File) try(t *testing.T, r *Report, what string, bad []byte, want any, open bool) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	got, err := f.caught(bad)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	memory := after.TotalAlloc - before.TotalAlloc
	r.Memory, r.Slowest = max(r.Memory, memory), max(r.Slowest, took)
	if pooled && memory > Times*uint64(len(f.Data))+Fixed || took > Longest {
		t.Errorf("%s, %s: %d bytes of memory and %s, for a file of %d bytes", f.Name, what, memory, took, len(f.Data))
	}
	switch {
	case isPanic(err):
		t.Errorf("%s, %s: %v", f.Name, what, err)
	case err != nil:
		r.Refused++
	case reflect.DeepEqual(got, want):
		r.Same++
	case open:
		r.Other++
	default:
		t.Errorf("%s, %s: read as something else without an error", f.Name, what)
	}
}

// panicked is the error of a reader that panicked.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func isPanic(err error) bool {
	_, is := err.(panicked)
	return is
}

func (f File) caught(data []byte) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked{r}
		}
	}()
	return f.Read(data)
}
