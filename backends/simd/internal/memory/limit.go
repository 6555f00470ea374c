package memory

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// OutOfMemory is what Get and GetArena panic with when a block does not fit.
type OutOfMemory struct {
	asked, held, room int64 // bytes: of the block, of all others, that there would have been
	limit             int64 // of the option memory, 0 without
}

// Error implements error.
func (e *OutOfMemory) Error() string {
	room, advice := FormatSize(max(e.room, 0))+" available", "use a smaller batch or model, or leave more memory free"
	if e.limit > 0 {
		room, advice = fmt.Sprintf("a limit of %s (option memory)", FormatSize(e.limit)), "use a smaller batch or "+
			"model, or raise the limit"
	}
	return fmt.Sprintf("out of memory: asked for %s beside %s held, with %s; %s", FormatSize(e.asked),
		FormatSize(e.held), room, advice)
}

const (
	// uncheckedBytes is the size of a block for which, without a limit, the machine is not asked whether it has room.
	uncheckedBytes = 32 << 20
	// limitedUncheckedBytes is the same where the process has a limit of its own: the runtime dies there, and doesn't
	// swap.
	limitedUncheckedBytes = 1 << 20
	// cleanupPatience bounds the wait for the runtime to report what a collection freed.
	cleanupPatience = 50 * time.Millisecond
)

// allocate makes a fresh block, or panics with an *OutOfMemory.
func (m *Memory) allocate(size int) []byte {
	m.reserve(int64(size))
	block := make([]byte, size)
	adviseHuge(block)
	runtime.AddCleanup(&block[0], func(size int64) { m.total.Add(-size) }, int64(size))
	return block
}

// reserve adds size to total. If there is no room, it lets go of everything idle and collects garbage first: arrays
// that their user dropped without finalizing are freed by that alone.
func (m *Memory) reserve(size int64) {
	if m.fits(size) {
		return
	}
	m.dropIdle()
	debug.FreeOSMemory()
	for start := time.Now(); time.Since(start) < cleanupPatience; time.Sleep(time.Millisecond) {
		if m.fits(size) {
			return
		}
	}
	room := m.Limit - m.total.Load()
	if m.Limit == 0 {
		room = availableMemory()
	}
	panic(&OutOfMemory{asked: size, held: m.total.Load(), room: room, limit: m.Limit})
}

// fits reserves size bytes if they fit.
func (m *Memory) fits(size int64) bool {
	ok := true
	if total := m.total.Add(size); m.Limit > 0 {
		ok = total <= m.Limit
	} else if size >= uncheckedBytes || size >= limitedUncheckedBytes && Limited() {
		ok = size <= availableMemory()
	}
	if !ok {
		m.total.Add(-size)
	}
	return ok
}

// Capacity is what Held may come to: the limit, or what the machine has in all.
func (m *Memory) Capacity() int64 {
	if m.Limit > 0 {
		return m.Limit
	}
	return Installed()
}

// Installed is the number of bytes that arrays may come to: memory and swap space of the machine, or the limit of the
// container, of the process (ulimit -v and -d) or of Go's runtime (GOMEMLIMIT) if that is less; math.MaxInt64 where the
// system doesn't tell.
func Installed() int64 { return min(installedMemory(), debug.SetMemoryLimit(-1)) }

// Limited tells whether the process has a limit of its own on memory, as by ulimit -v: beyond it Go's runtime dies.
func Limited() bool { return limitedProcess() }

// limitedProcess asks once: limits don't change, but for lower ones.
var limitedProcess = sync.OnceValue(func() bool { return processMemory(false) != unlimited })

// Catch, deferred, turns the panic of a Get into the error of the function that deferred it; what says who asked.
func Catch(what string, err *error) {
	switch cause := recover().(type) {
	case nil:
	case *OutOfMemory:
		*err = errors.WithMessage(cause, "simd: "+what)
	default:
		panic(cause)
	}
}

// unlimited is the memory of a system that does not say how much it has.
const unlimited = math.MaxInt64
