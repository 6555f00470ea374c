package memory

import (
	"bytes"
	"math"
	"os"
	"runtime/metrics"
	"strconv"
	"syscall"
)

const (
	// goSlack is address space that Go's runtime takes beyond the blocks that it hands out: it grows by arenas of 64
	// MiB.
	goSlack = 192 << 20
	// surely is what is left whatever the figures say: little fits into what the runtime has reserved already.
	surely = 64 << 20
)

// processMemory is the number of bytes that a limit of the process itself, as by ulimit -v or -d, leaves to arrays:
// now, or in all; unlimited without one.
func processMemory(left bool) int64 {
	const addressSpace, data = 0, 5 // fields of statm
	return min(limitedBy(syscall.RLIMIT_AS, addressSpace, left), limitedBy(syscall.RLIMIT_DATA, data, left))
}

// limitedBy is what one limit leaves, of which a field of /proc/self/statm tells the use in pages.
func limitedBy(resource, field int, left bool) int64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(resource, &limit) != nil || limit.Cur > math.MaxInt64/2 {
		return unlimited
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return int64(limit.Cur)
	}
	fields := bytes.Fields(statm)
	if len(fields) <= field {
		return int64(limit.Cur)
	}
	pages, _ := strconv.ParseInt(string(fields[field]), 10, 64)
	idle, inUse := goHeap()
	room := int64(limit.Cur) - pages*int64(os.Getpagesize()) + idle - goSlack
	if !left {
		room += inUse + mapped.Load()
	}
	return max(room, surely)
}

// goHeap is what of the heap's addresses is idle, to be used again before new ones, and what is in use.
func goHeap() (idle, inUse int64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(samples)
	at := func(i int) int64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return int64(samples[i].Value.Uint64())
	}
	return at(0) + at(1), at(2) + at(3)
}
